import { validateBlobId, validatePrefix } from '../../../recipes/blobs/faces.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { parseZxid } from '../../core/parse-zxid.js';
import type { Arrival } from '../arrival.js';
import { HTTP } from '../limits.js';
import { RefusedBody, textOf } from '../request-body.js';
import type { Interest } from './blob-board.js';

/** A request for changes. */
export interface WatchQuery extends Interest {
  /** `null`: it knows nothing. */
  readonly since: bigint | null;
  readonly cursor: string | null;
  /** Milliseconds. */
  readonly wait: number;
}

/** Takes the request to its parts, from its query, or from its JSON. */
export async function parseWatchQuery(arrival: Arrival, maxWait: number): Promise<WatchQuery> {
  if (arrival.method === 'GET') {
    const { searchParams } = new URL(arrival.url);
    const one = (name: string): string | null => searchParams.get(name);
    const many = (name: string): string[] => searchParams.getAll(name);
    return complete(one('since'), one('cursor'), many('id'), many('prefix'), one('wait'), maxWait);
  }
  const { request } = arrival;
  // A page of another site can send any other type without asking.
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
    throw new RefusedBody(400, 'the content-type must be application/json');
  const { since, cursor, ids, prefixes, wait } = parseJson(await textOf(request, HTTP.longestQuery));
  return complete(since, cursor, ids ?? [], prefixes ?? [], wait, maxWait);
}

function parseJson(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw new RefusedBody(400, 'the body must be JSON');
  }
}

function complete(
  since: unknown,
  cursor: unknown,
  ids: unknown,
  prefixes: unknown,
  wait: unknown,
  maxWait: number,
): WatchQuery {
  if (!Array.isArray(ids) || !Array.isArray(prefixes))
    throw new InvalidArgumentError('ids and prefixes must be arrays of strings');
  if (ids.length + prefixes.length === 0) throw new InvalidArgumentError('an id or a prefix must be given');
  if (ids.length + prefixes.length > HTTP.maxIds)
    throw new InvalidArgumentError(`there may be at most ${HTTP.maxIds} ids and prefixes`);
  for (const id of ids) validateBlobId(id);
  for (const prefix of prefixes) validatePrefix(prefix);
  const ms = isGiven(wait) ? Number(wait) : maxWait;
  if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('wait must be a number of milliseconds');
  if (isGiven(cursor) && !/^[\w-]{1,40}$/.test(`${cursor}`))
    throw new InvalidArgumentError('cursor must be that of an earlier answer');
  return {
    since: isGiven(since) ? toZxid(since) : null,
    cursor: isGiven(cursor) ? `${cursor}` : null,
    ids: new Set(ids),
    prefixes: [...new Set<string>(prefixes)],
    wait: Math.min(ms, maxWait),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function toZxid(value: unknown): bigint {
  const zxid = parseZxid(value);
  if (zxid !== undefined && zxid < 1n << 63n) return zxid;
  throw new InvalidArgumentError('since must be the position of an earlier answer');
}
