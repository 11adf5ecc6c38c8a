import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { validateClient } from '../../../recipes/delivering/index.js';
import type { CoordinationClient } from '../../core/coordination-client.js';
import { LastingTrouble } from '../../core/lasting-trouble.js';
import { guardLogger } from '../../core/logger.js';
import { validatePath } from '../../core/paths.js';
import { validateCount, validateFunction, validateOptions } from '../../core/validation.js';
import type { Authorize } from '../authorize.js';
import type { FetchHandler } from '../fetch-handler.js';
import type { GatewayContext } from './gateway-context.js';
import { GATEWAY } from './limits.js';
import { Origins } from './origins.js';
import { PollHandler } from './poll-handler.js';
import { SocketSession } from './socket-session.js';
import { TreeFeed } from './tree-feed.js';
import { isEventsPath, refuseUpgrade, toRequest } from './upgrade-request.js';

/** Options of {@link createEventGateway}. */
export interface EventGatewayOptions {
  /** Asked for the paths of every subscription, with the action `watch`. Default: everybody may have everything. */
  authorize?: Authorize | undefined;
  /**
   * The origins of pages that may use the gateway, as `https://app.example`; `*` for all. Default: only pages of the
   * host that the gateway is reached at. Requests of other programs have no origin, and are not refused for it.
   */
  origins?: readonly string[] | undefined;
  /** The most filters that a client may have, and the most paths of all of them. Default 100. */
  maxFilters?: number | undefined;
  /**
   * Deletions that are remembered: a client that missed only these resumes without a list of all znodes. Default
   * 10,000.
   */
  history?: number | undefined;
}

/** Hands the changes of a tree to clients over WebSocket and long polling. */
export interface EventGateway extends AsyncDisposable {
  /** Answers polls whose path ends in `/events`. */
  readonly handler: FetchHandler;
  /** Takes a WebSocket whose path ends in `/events`: a listener of the event `upgrade` of a server of Node. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Stops following the tree, ends the sockets, and answers the polls that wait. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes a gateway that hands the changes of a znode and of all below it to programs and pages without a connection to
 * ZooKeeper: to `subscribe` of `zk-recipes/remote`, or to anything that speaks JSON over WebSocket or HTTP.
 *
 * All clients share one `TreeWatch`. A client that reads slowly misses intermediate states, and costs no memory.
 * Every gateway of the same path and ensemble continues where a client was.
 *
 * @param client must not be closed before the gateway
 * @param path relative to the client's chroot
 * @throws `InvalidPathError` or `InvalidArgumentError` for invalid arguments.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { createEventGateway, toNodeListener } from 'zk-recipes/http';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const gateway = createEventGateway(client, '/config');
 * createServer(toNodeListener(gateway.handler)).on('upgrade', gateway.upgrade).listen(8080);
 * ```
 */
export function createEventGateway(
  client: CoordinationClient,
  path: string,
  options?: EventGatewayOptions,
): EventGateway {
  validateClient(client);
  validatePath(path);
  validateOptions('options', options, ['authorize', 'origins', 'maxFilters', 'history']);
  const { authorize, maxFilters = GATEWAY.maxFilters, history = GATEWAY.history } = options ?? {};
  if (authorize !== undefined) validateFunction('authorize', authorize);
  validateCount('maxFilters', maxFilters, 1);
  validateCount('history', history, 0);
  const origins = new Origins(options?.origins);
  const trouble = new LastingTrouble(guardLogger(client.logger));
  return new Gateway(new TreeFeed(client, path, history), {
    name: 'the event gateway',
    trouble,
    authorize,
    origins,
    maxFilters,
  });
}

class Gateway implements EventGateway {
  readonly handler: FetchHandler;
  readonly #feed: TreeFeed;
  readonly #context: GatewayContext;
  readonly #polls: PollHandler;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: GATEWAY.longestMessage,
    perMessageDeflate: false,
  });
  readonly #sessions = new Set<SocketSession>();

  constructor(feed: TreeFeed, context: GatewayContext) {
    this.#feed = feed;
    this.#context = context;
    this.#polls = new PollHandler(feed, context);
    this.handler = (request) => this.#polls.handle(request);
    void feed.stopped.then(() => this.#end());
  }

  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', ignore);
    if (this.#feed.isOver) return refuseUpgrade(socket, 503);
    if (!isEventsPath(request.url ?? '')) return refuseUpgrade(socket, 404);
    const { origin = null, host = null } = request.headers;
    if (!this.#context.origins.allows(origin, host)) return refuseUpgrade(socket, 403);
    const asRequest = toRequest(request);
    if (!asRequest) return refuseUpgrade(socket, 400);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      const session = new SocketSession(webSocket, asRequest, this.#feed, this.#context, () => {
        this.#sessions.delete(session);
      });
      this.#sessions.add(session);
      // The feed may have ended during the handshake.
      if (this.#feed.isOver) session.end();
    });
  };

  async close(): Promise<void> {
    this.#feed.close();
    await this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    this.#polls.end();
    this.#context.trouble.end();
    await Promise.all(Array.from(this.#sessions, (session) => session.end()));
  }
}

function ignore(): void {}
