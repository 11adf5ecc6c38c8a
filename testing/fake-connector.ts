import type { WatchedEvent } from '../lib/core/coordination-client.js';
import type { WireRequest } from '../lib/protocol/requests.js';
import { ZooKeeperClient } from '../lib/zookeeper/client.js';
import type {
  AuthInfo,
  Connection,
  ConnectionEnd,
  ConnectionHandlers,
  ConnectionOptions,
  Connector,
  Handshake,
  ReplyHandler,
} from '../lib/zookeeper/connection/connection.js';
import { CONNECTOR, RESOLVER, type ZooKeeperClientOptions } from '../lib/zookeeper/options.js';
import { NameResolver } from '../lib/zookeeper/session/name-resolver.js';
import { Recorder } from './recorder.js';
import { RecordingLogger } from './recording-logger.js';

/** A request that a fake connection was given. */
export interface FakeRequest {
  /** The operation. */
  readonly name: string;
  readonly frame: Buffer;
  /** Answers it, with the server's last transaction. */
  answer(value?: unknown, zxid?: bigint): void;
  refuse(error: number): void;
}

/** A connection without a server: the spec answers its requests. */
export class FakeConnection implements Connection {
  readonly options: ConnectionOptions;
  /** The credentials that it was opened with, as they were then. */
  readonly initialAuth: readonly AuthInfo[];
  readonly requests = new Recorder<FakeRequest>();
  readonly pings = new Recorder<number>();
  readonly auths: AuthInfo[] = [];
  readonly openedAt = performance.now();
  destroyed = false;
  readonly #handlers: ConnectionHandlers;
  #over = false;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.options = options;
    this.initialAuth = [...options.auth];
    this.#handlers = handlers;
  }

  /** `host:port` of the server. */
  get server(): string {
    return `${this.options.server.host}:${this.options.server.port}`;
  }

  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void {
    const reply = (error: number, value: unknown, zxid: bigint): void => {
      if (this.#over) return;
      this.#handlers.heard(zxid);
      onReply(error, value as T);
    };
    this.requests.record({
      name: wire.name,
      frame: wire.frame,
      answer: (value, zxid = 0n) => reply(0, value, zxid),
      refuse: (error) => reply(error, undefined, 0n),
    });
  }

  ping(): void {
    this.pings.record(performance.now());
  }

  addAuth(auth: AuthInfo): void {
    this.auths.push(auth);
  }

  destroy(): void {
    this.#over = true;
    this.destroyed = true;
  }

  /** The TCP connection is accepted. */
  reach(): void {
    this.#handle((handlers) => handlers.reached?.());
  }

  /** The handshake succeeds: with the session that was asked for, or a new one. */
  open(handshake: Partial<Handshake> = {}): void {
    const { session, sessionTimeout } = this.options;
    const given = session ?? { id: nextSessionId++, password: Buffer.alloc(16, 7) };
    this.reach();
    this.#handle((handlers) => handlers.opened({ ...given, sessionTimeout, ...handshake }));
  }

  /** Receives a reply that answers no request, such as that to a ping. */
  hear(zxid = 0n): void {
    this.#handle((handlers) => handlers.heard(zxid));
  }

  notify(event: WatchedEvent): void {
    this.#handle((handlers) => handlers.event(event));
  }

  end(kind: ConnectionEnd['kind'], reason: string | Error = 'played by the spec', isAssumed = false): void {
    this.#handle((handlers) => {
      this.#over = true;
      const cause = reason instanceof Error ? reason : new Error(reason);
      handlers.closed({ kind, cause, ...(isAssumed && { isAssumed }) });
    });
  }

  /** The requests of one operation so far. */
  named(name: string): FakeRequest[] {
    return this.requests.items.filter((request) => request.name === name);
  }

  #handle(how: (handlers: ConnectionHandlers) => void): void {
    if (!this.#over) how(this.#handlers);
  }
}

let nextSessionId = 0x1000n;

/** Keeps the connections that a client opens. */
export class FakeNetwork {
  readonly connections = new Recorder<FakeConnection>();
  /** Called with each new connection, a microtask after it was opened. */
  onConnection: (connection: FakeConnection) => void = () => {};

  readonly connector: Connector = (options, handlers) => {
    const connection = new FakeConnection(options, handlers);
    this.connections.record(connection);
    queueMicrotask(() => this.onConnection(connection));
    return connection;
  };

  /** The nth connection ever, from 1 on. */
  async connection(nth: number): Promise<FakeConnection> {
    const connections = await this.connections.untilCount(nth);
    return connections[nth - 1] as FakeConnection;
  }

  get last(): FakeConnection {
    if (!this.connections.last) throw new Error('there is no connection yet');
    return this.connections.last;
  }
}

/** Names of servers that a spec plays: each is its own address. */
const fakeNames = (): NameResolver => new NameResolver((name, done) => done(null, [name]));

/** A client whose servers a spec plays. Session timeout 3,000 ms. */
export function makeFakeClient(
  connectString = 'a:1',
  options: ZooKeeperClientOptions = {},
): { client: ZooKeeperClient; network: FakeNetwork; logger: RecordingLogger } {
  const network = new FakeNetwork();
  const logger = new RecordingLogger();
  const fakes = { [CONNECTOR]: network.connector, [RESOLVER]: fakeNames() };
  const all = { sessionTimeout: 3_000, logger, ...fakes, ...options };
  return { client: new ZooKeeperClient(connectString, all as object), network, logger };
}
