import { validateBlobId } from '../../../recipes/blobs/faces.js';
import { BlobRegistry, type BlobStore, parseMediaType } from '../../../recipes/blobs/index.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { LastingTrouble } from '../../core/lasting-trouble.js';
import { guardLogger, type Logger, validateLogger } from '../../core/logger.js';
import {
  invalidSecret,
  validateBoolean,
  validateCount,
  validateFunction,
  validateMilliseconds,
  validateOptions,
} from '../../core/validation.js';
import { refuse } from '../answers.js';
import { type Arrival, type JsonAnswer, toFetchHandler } from '../arrival.js';
import { type Access, type Authorize, refusalOf } from '../authorize.js';
import type { FetchHandler } from '../fetch-handler.js';
import { HTTP } from '../limits.js';
import { RefusedBody } from '../request-body.js';
import { failed, wrongMethod } from './answers.js';
import { BlobRequests } from './blob-requests.js';
import type { HandlerContext } from './handler-context.js';
import { answerValue } from './value-requests.js';
import { WatchRequests } from './watch-requests.js';

/** Options of {@link createBlobHandler}. */
export interface BlobHandlerOptions {
  /** Serves these blobs at `blobs/<id>`, each segment of the id %-encoded, and their changes at `watch`. */
  storage?: BlobStore | undefined;
  /** Serves its values at `values/<uuid>`. */
  registry?: BlobRegistry | undefined;
  /** Whether blobs can be written and deleted. Default `false`. */
  writable?: boolean | undefined;
  /**
   * Asked before anything is done, for every id: a blob; each id that is watched; a prefix that is watched, with a `*`
   * behind it, and `null` for all blobs; `null` for a value. Default: everybody may do everything.
   */
  authorize?: Authorize | undefined;
  /** The path at which the handler is mounted. Default `/`. */
  base?: string | undefined;
  /** The longest time that a request for changes may wait, in ms. Default 60,000. */
  maxWait?: number | undefined;
  /** Requests for changes that wait at once. Default 1,000; a further one is answered with 503. */
  maxWaiters?: number | undefined;
  /** Media types, or patterns of some, that a browser may show in place of saving them. Default: none. */
  inline?: readonly string[] | undefined;
  /** Takes one line for each kind of trouble. Default: the console, for warnings and errors. */
  logger?: Logger | undefined;
}

const KEYS = [
  ...(['storage', 'registry', 'writable', 'authorize', 'base', 'maxWait', 'maxWaiters', 'inline'] as const),
  'logger',
] as const satisfies (keyof BlobHandlerOptions)[];

/** The statuses of requests that are no requests, too large or too slow. */
const REPORTED: ReadonlySet<number> = new Set([400, 408, 413, 415]);

/**
 * Makes a handler that serves blobs, their changes, and values over HTTP.
 *
 * @throws `InvalidArgumentError` for invalid options.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { BlobStorage } from 'zk-recipes/blobs';
 * import { createBlobHandler, toNodeListener } from 'zk-recipes/http';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const handler = createBlobHandler({
 *   storage: new BlobStorage(client),
 *   authorize: (request, { action }) => action !== 'write' && request.headers.has('authorization'),
 * });
 * const server = createServer(toNodeListener(handler));
 * server.listen(0, () => server.close());
 * ```
 */
export function createBlobHandler(options: BlobHandlerOptions): FetchHandler {
  const context = completeOptions(options);
  const { storage, registry, inline, authorize, trouble } = context;
  const base = completeBase(options.base);
  const blobs = storage && new BlobRequests(storage, context);
  const watches = storage && new WatchRequests(storage, context);
  const mayDo =
    (arrival: Arrival, action: Access['action']) =>
    async (ids: readonly (string | null)[]): Promise<Response | null> =>
      authorize ? refusalOf(context, arrival.request, action, ids) : null;

  const route = async (arrival: Arrival): Promise<Response | JsonAnswer> => {
    const { method, url } = arrival;
    const { pathname } = new URL(url);
    const path = pathname.startsWith(base) ? pathname.slice(base.length) : '';
    if (watches && path === 'watch') return watches.answer(arrival, mayDo(arrival, 'watch'));
    const isRead = method === 'GET' || method === 'HEAD';
    if (blobs && path.startsWith('blobs/')) {
      const id = toId(path.slice('blobs/'.length));
      const { request } = arrival;
      const wrong = blobs.refusedMethod(request);
      return wrong ?? (await mayDo(arrival, isRead ? 'read' : 'write')([id])) ?? blobs.answer(request, id);
    }
    if (registry && path.startsWith('values/')) {
      if (!isRead) return wrongMethod('GET, HEAD');
      const refused = await mayDo(arrival, 'read')([null]);
      return refused ?? answerValue(registry, arrival.request, path.slice('values/'.length), inline);
    }
    return refuse(404, 'NOT_FOUND', 'there is nothing here');
  };

  return toFetchHandler((arrival) => {
    const { leaving } = arrival;
    return route(arrival).catch((error: unknown) => {
      if (leaving.hasLeft) return refuse(499, 'ABORTED', 'the client has left');
      const response = failed(error, trouble);
      if (REPORTED.has(response.status)) reportRefused(context, response.status);
      return response;
    });
  });
}

/** One line for all of them: what they bring is not ours to write. */
function reportRefused({ trouble }: HandlerContext, status: number): void {
  const message = `the blob handler refused requests with ${status}`;
  trouble.report(`refused ${status}`, { level: 'warn', details: { status }, message });
}

/** The id in a path. A "/" within a segment would make two paths of one blob. */
function toId(path: string): string {
  const segments = path.split('/').map((segment) => {
    try {
      return decodeURIComponent(segment);
    } catch {
      throw new RefusedBody(400, 'the path is not %-encoded UTF-8');
    }
  });
  if (segments.some((segment) => segment.includes('/')))
    throw new RefusedBody(400, 'a segment of an id has no "/" in it');
  const id = segments.join('/');
  validateBlobId(id);
  return id;
}

function completeOptions(options: BlobHandlerOptions): HandlerContext {
  validateOptions('options', options ?? null, KEYS);
  const { storage, registry, writable = false, authorize, logger } = options;
  const { maxWait = HTTP.maxWait, maxWaiters = HTTP.maxWaiters, inline = [] } = options;
  if (storage === undefined && registry === undefined)
    throw new InvalidArgumentError('a storage or a registry must be given: there is nothing to serve');
  if (storage !== undefined && typeof (storage as Partial<BlobStore> | null)?.watchAll !== 'function')
    throw invalidSecret('storage', storage, 'a BlobStorage or another BlobStore');
  if (registry !== undefined && !(registry instanceof BlobRegistry))
    throw invalidSecret('registry', registry, 'a BlobRegistry');
  validateBoolean('writable', writable);
  if (authorize !== undefined) validateFunction('authorize', authorize);
  validateMilliseconds('maxWait', maxWait, 0);
  validateCount('maxWaiters', maxWaiters, 0);
  if (!Array.isArray(inline)) throw invalidSecret('inline', inline, 'an array of media types');
  for (const pattern of inline) parseMediaType(pattern);
  if (logger !== undefined) validateLogger(logger);
  const trouble = new LastingTrouble(guardLogger(logger));
  const shown = [...inline];
  return {
    name: 'the blob handler',
    storage,
    registry,
    writable,
    authorize,
    maxWait,
    maxWaiters,
    inline: shown,
    trouble,
  };
}

function completeBase(base: unknown = '/'): string {
  if (typeof base === 'string' && base.startsWith('/')) return base.endsWith('/') ? base : `${base}/`;
  throw invalidSecret('base', base, 'a path that begins with "/"');
}
