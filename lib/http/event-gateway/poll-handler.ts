import { onAbort } from '../../core/abort.js';
import { Deadline } from '../../core/deadline.js';
import { reportThrown } from '../../core/thrown.js';
import { jsonText, refuse, unavailable } from '../answers.js';
import { refusalOf } from '../authorize.js';
import { RefusedBody, textOf } from '../request-body.js';
import { type ClientRequest, parseBody, parseQuery } from './client-request.js';
import type { GatewayContext } from './gateway-context.js';
import { GATEWAY } from './limits.js';
import { Reader } from './reader.js';
import { toBadRequest } from './refusal.js';
import type { TreeFeed } from './tree-feed.js';
import { isEventsPath } from './upgrade-request.js';

/** Answers polls: each waits until there is a change after its position. */
export class PollHandler {
  readonly #feed: TreeFeed;
  readonly #context: GatewayContext;
  readonly #waiting = new Set<AbortController>();

  constructor(feed: TreeFeed, context: GatewayContext) {
    this.#feed = feed;
    this.#context = context;
  }

  async handle(request: Request): Promise<Response> {
    const origin = request.headers.get('origin');
    const { origins } = this.#context;
    if (!isEventsPath(new URL(request.url).pathname)) return refuse(404, 'BAD_REQUEST', 'there is nothing here');
    if (!origins.allows(origin, hostOf(request))) return refuse(403, 'FORBIDDEN', 'this origin is not allowed');
    const response = await this.#answer(request);
    for (const [name, value] of Object.entries(origins.headersFor(origin))) response.headers.set(name, value);
    return response;
  }

  /** Answers every poll that waits. */
  end(): void {
    for (const waiting of this.#waiting) waiting.abort();
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method === 'OPTIONS') return preflight(request.headers.get('access-control-request-headers'));
    if (request.method !== 'GET' && request.method !== 'POST') {
      return refuse(405, 'BAD_REQUEST', 'a poll is a GET or a POST', { allow: 'GET, POST, OPTIONS' });
    }
    let poll: ClientRequest;
    try {
      poll = await this.#parse(request);
    } catch (error) {
      if (error instanceof RefusedBody) return refuse(error.status, 'BAD_REQUEST', error.message);
      const { code, message } = toBadRequest(error);
      return refuse(400, code, message);
    }
    const refusal = await refusalOf(this.#context, request, 'watch', poll.paths);
    if (refusal) return refusal;
    if (this.#waiting.size >= GATEWAY.maxPolls) return unavailable('too many polls wait');
    return this.#poll(poll, request.signal);
  }

  async #parse(request: Request): Promise<ClientRequest> {
    const { maxFilters } = this.#context;
    if (request.method === 'GET') return parseQuery(new URL(request.url).searchParams, maxFilters);
    return parseBody(await textOf(request, GATEWAY.longestMessage), maxFilters);
  }

  async #poll(poll: ClientRequest, signal: AbortSignal): Promise<Response> {
    const waiting = new AbortController();
    this.#waiting.add(waiting);
    const deadline = new Deadline(Math.min(poll.wait ?? GATEWAY.maxWait, GATEWAY.maxWait), () => waiting.abort());
    const letGo = onAbort(signal, () => waiting.abort());
    try {
      return await this.#wait(poll, waiting.signal);
    } catch (error) {
      reportThrown(this.#context.trouble, error, 'a poll of the event gateway');
      return refuse(500, 'UNAVAILABLE', 'internal error');
    } finally {
      deadline.cancel();
      letGo();
      this.#waiting.delete(waiting);
    }
  }

  async #wait(poll: ClientRequest, signal: AbortSignal): Promise<Response> {
    const feed = this.#feed;
    const currency = await feed.upTo(poll.seen ?? poll.since ?? 0n, signal);
    if (currency === null) return unavailable('the gateway is not up to date with ZooKeeper');
    const reader = new Reader(feed, poll, currency);
    for (;;) {
      const news = waitForNews(feed, signal);
      const { text, isNews, hasMore } = await reader.next();
      // Without `since` it asks for the position to begin with, and with a newer `seen` for one that is as new.
      const { since, seen = 0n } = poll;
      const isBehind = since === undefined || (seen > since && feed.position > since);
      const isDue = isNews || hasMore || isBehind || signal.aborted;
      if (!isDue) {
        await news.promise;
        continue;
      }
      news.cancel();
      if (!isNews && !hasMore && !feed.isFresh) return unavailable('the gateway has lost its connection to ZooKeeper');
      return jsonText(200, `{${text}`);
    }
  }
}

/** Resolves at the next change, or when the signal aborts, unless it has. */
function waitForNews(feed: TreeFeed, signal: AbortSignal): { promise: Promise<void>; cancel(): void } {
  let cancel = (): void => {};
  const promise = new Promise<void>((resolve) => {
    const removeListener = feed.listen(() => cancel());
    const letGo = onAbort(signal, () => cancel());
    cancel = () => {
      removeListener();
      letGo();
      resolve();
    };
  });
  return { promise, cancel };
}

/** The host as the client has it: handlers behind Node get it from the header, others from the address. */
function hostOf(request: Request): string {
  return request.headers.get('host') ?? new URL(request.url).host;
}

/** @param wanted the headers that a page wants to send: `authorize` decides about their values */
function preflight(wanted: string | null): Response {
  const headers = {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': wanted ?? 'content-type',
    'access-control-max-age': '600',
  };
  return new Response(null, { status: 204, headers });
}
