import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { ZooKeeperClient } from '../../index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import {
  type Authorize,
  createBlobHandler,
  createEventGateway,
  type EventGateway,
  type FetchHandler,
  toNodeListener,
} from '../http/index.js';
import { allowOrigins } from './allow-origins.js';
import { stderrLogger } from './stderr.js';

/** The services of a gateway. */
export interface ServicesOptions {
  /** The znode whose changes are handed out; `undefined` for none. */
  readonly path: string | undefined;
  /** The znode of a storage of blobs; `undefined` for none. */
  readonly root: string | undefined;
  readonly isWritable: boolean;
  /** Of pages besides those of the gateway's own host. */
  readonly origins: readonly string[];
  /** The token that every client must have; `undefined` for none. */
  readonly token: string | undefined;
  /** Numbers of the event gateway. */
  readonly limits: { readonly maxFilters?: number; readonly history?: number };
}

/** The services for a server of Node. */
export interface Services {
  readonly listener: RequestListener;
  readonly upgrade: EventGateway['upgrade'] | undefined;
  /** Answers the requests that wait, and ends the sockets. */
  end(): Promise<void>;
}

/** Makes the services. They answer at `/events`, and at `/blobs/` and `/watch`. */
export function makeServices(client: ZooKeeperClient, options: ServicesOptions): Services {
  const { path, root, isWritable, origins, token, limits } = options;
  const access = token === undefined ? {} : { authorize: demand(token) };
  const pages = origins.length > 0 ? { origins } : {};
  const events = path === undefined ? undefined : createEventGateway(client, path, { ...access, ...pages, ...limits });
  const storage = root === undefined ? undefined : new BlobStorage(client, { root });
  const blobs = storage && createBlobHandler({ storage, writable: isWritable, ...access, logger: stderrLogger });
  const handlers = { events: events?.handler, blobs: blobs && allowOrigins(blobs, origins) };
  return {
    listener: toNodeListener((request) => {
      const isOfEvents = new URL(request.url).pathname === '/events';
      return (isOfEvents ? handlers.events : handlers.blobs)?.(request) ?? nothing(request);
    }),
    upgrade: events?.upgrade,
    end: async () => {
      storage?.stopAllWatches();
      await events?.close();
    },
  };
}

/** The services, for a person. */
export function nameServices({ path, root, isWritable }: ServicesOptions): string {
  const changes = path === undefined ? [] : [`the changes of ${path}`];
  const blobs = root === undefined ? [] : [`the blobs of ${root}${isWritable ? ', which clients may write' : ''}`];
  return [...changes, ...blobs].join(' and ');
}

const nothing: FetchHandler = async () => new Response('there is nothing here\n', { status: 404 });

/** Compares digests, so that the time says nothing about the token. */
function demand(token: string): Authorize {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (request) => {
    if (timingSafeEqual(digest(request.headers.get('authorization') ?? ''), expected)) return true;
    return new Response('a token is needed\n', { status: 401, headers: { 'www-authenticate': 'Bearer' } });
  };
}
