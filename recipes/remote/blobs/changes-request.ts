import { ConnectionLossError } from '../../../lib/core/errors.js';
import { parseJson } from '../parse-json.js';
import type { ServerAnswer, ServerRequest } from './blob-servers.js';
import { type Answer, parseAnswer } from './known-blobs.js';
import { REMOTE_BLOBS } from './limits.js';

/** The changes that are asked for. */
export interface ChangesQuery {
  readonly ids: readonly string[];
  readonly prefixes: readonly string[];
  readonly since?: bigint;
  readonly cursor?: string;
  /** Milliseconds. */
  readonly wait: number;
}

/** Asks for changes. @param send sends the request to a server */
export async function askForChanges(
  send: (request: ServerRequest) => Promise<ServerAnswer>,
  query: ChangesQuery,
  signal?: AbortSignal,
): Promise<Answer> {
  const { ids, prefixes, since, cursor, wait } = query;
  const search = new URLSearchParams([
    ...ids.map((id) => ['id', id] as [string, string]),
    ...prefixes.map((prefix) => ['prefix', prefix] as [string, string]),
    ['wait', `${wait}`],
    ...(since === undefined ? [] : ([['since', `${since}`]] as [string, string][])),
    ...(cursor === undefined ? [] : ([['cursor', cursor]] as [string, string][])),
  ]).toString();
  // A server takes a little longer by chance.
  const within = wait * 1.25 + REMOTE_BLOBS.answerWithin;
  const common = { takes: [200], within, signal };
  const { text } = await send(
    search.length <= REMOTE_BLOBS.longestQuery
      ? { ...common, path: `watch?${search}` }
      : {
          ...common,
          path: 'watch',
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: () => JSON.stringify({ ...query, ...(since !== undefined && { since: `${since}` }) }),
        },
  );
  const answer = parseAnswer(parseJson(text));
  if (answer) return answer;
  throw new ConnectionLossError('a server has answered a request for changes with what is no answer');
}
