import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { OpCode, Xid } from '../lib/protocol/op-code.js';
import { Condition } from './condition.js';
import { type Lane, noFaults } from './fault-pipe.js';
import type { FrameTransform } from './frame-rewriter.js';
import { freePort } from './free-port.js';
import { ProxiedConnection, type Target } from './proxied-connection.js';
import { TlsTraffic, type TrafficReport } from './tls-traffic.js';

export type Direction = 'to-server' | 'to-client';

/** The faults of a proxy that chaos uses. */
export interface ProxyFaults {
  readonly connectString: string;
  pass(): Promise<void>;
  cut(how?: 'fin' | 'rst'): void;
  refuse(): void;
  blackHole(direction?: Direction | 'both'): void;
  acceptSilently(): void;
  singleBytes(on: boolean): void;
  delay(ms: number): void;
  cutAfter(bytes: number, direction: Direction): void;
  corruptAfter(bytes: number, direction: Direction): void;
  delayHandshakes(least: number, most: number): void;
  answerPingsOnly(): void;
  swallowSetWatches(): void;
  /** The TLS that it has seen; `null` unless it was made for TLS. */
  traffic(): TrafficReport | null | Promise<TrafficReport | null>;
  close(): Promise<void>;
}

/** Where a proxy listens, and for which connections. */
export interface ProxyOptions {
  readonly host?: string;
  readonly port?: number;
  /** Its connections are over TLS: all bytes are checked, and for these words, which must not be readable. */
  readonly secrets?: readonly string[];
}

/** The offset of the operation in a request, and of the xid in each frame. */
const OP_OFFSET = 4;
const XID_OFFSET = 0;
const ZXID_OFFSET = 4;
const SET_WATCHES: readonly number[] = [OpCode.setWatches, OpCode.setWatches2];

/** A TCP proxy in front of one server. Its faults can be changed while connections are open. */
export class FaultProxy implements ProxyFaults, AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly #target: Target;
  readonly #lanes: Record<Direction, Lane> = {
    'to-server': { ...noFaults(), swallowed: 0 },
    'to-client': { ...noFaults(), swallowed: 0 },
  };
  readonly #connections = new Set<ProxiedConnection>();
  readonly #condition = new Condition();
  readonly #traffic: TlsTraffic | null;
  #server: Server | null = null;
  #accepted = 0;
  #silent = false;
  #closed = false;

  private constructor(target: Target, host: string, port: number, traffic: TlsTraffic | null) {
    this.#target = target;
    this.#traffic = traffic;
    this.host = host;
    this.port = port;
  }

  static async listen(target: Target, options: ProxyOptions = {}): Promise<FaultProxy> {
    const { host = '127.0.0.1', port = await freePort(host), secrets } = options;
    const proxy = new FaultProxy(target, host, port, secrets ? new TlsTraffic(secrets) : null);
    await proxy.accept();
    return proxy;
  }

  get connectString(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** Open client connections. */
  get connectionCount(): number {
    return [...this.#connections].filter((connection) => connection.isOpen).length;
  }

  /** All client connections accepted so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Bytes lost so far in black holes and silent connections. */
  get swallowed(): number {
    return this.#lanes['to-server'].swallowed + this.#lanes['to-client'].swallowed;
  }

  /** Resolves when exactly `count` client connections are open. */
  waitForConnections(count: number, within?: number): Promise<void> {
    const describe = (): string => `${count} open connections through the proxy; there are ${this.connectionCount}`;
    return this.#condition.until(() => this.connectionCount === count, describe, within);
  }

  /** No faults any more, of any kind. What is delayed goes at once; connections that lost something are cut. */
  async pass(): Promise<void> {
    this.#silent = false;
    for (const lane of Object.values(this.#lanes)) Object.assign(lane, noFaults());
    for (const connection of [...this.#connections]) if (connection.isPoisoned) connection.destroy('fin');
    this.#refresh();
    await this.accept();
  }

  /** Destroys all open connections now; new ones are accepted. */
  cut(how: 'fin' | 'rst' = 'fin'): void {
    for (const connection of [...this.#connections]) connection.destroy(how);
  }

  /** New connections get ECONNREFUSED; open ones stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = null;
  }

  /** Ends refuse(). */
  async accept(): Promise<void> {
    if (this.#server || this.#closed) return;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket));
    this.#server.listen(this.port, this.host);
    await once(this.#server, 'listening');
  }

  /** Drops everything in that direction, a closing too; connections, old and new, stay open. */
  blackHole(direction: Direction | 'both' = 'both'): void {
    for (const [name, lane] of Object.entries(this.#lanes)) {
      lane.blackHole = direction === 'both' || direction === name;
    }
  }

  /** New connections are accepted and never answered; open ones work on. */
  acceptSilently(): void {
    this.#silent = true;
  }

  /** Sends every byte by itself. */
  singleBytes(on: boolean): void {
    for (const lane of Object.values(this.#lanes)) lane.singleBytes = on;
  }

  /** Everything arrives that many milliseconds later, in both directions. */
  delay(ms: number): void {
    for (const lane of Object.values(this.#lanes)) lane.delay = ms;
    this.#refresh();
  }

  /** Once: passes the next so many bytes in that direction, then destroys the connection that carried the last. */
  cutAfter(bytes: number, direction: Direction): void {
    this.#lanes[direction].bytesLeft = bytes;
  }

  /** Once: passes the next so many bytes in that direction, and changes the one after them. */
  corruptAfter(bytes: number, direction: Direction): void {
    this.#lanes[direction].soundBytes = bytes;
  }

  /** Rewrites each frame in that direction but the first (the handshake), without its length; null drops it. */
  transform(transform: FrameTransform | null, direction: Direction = 'to-client'): void {
    this.#lanes[direction].transform = transform;
    this.#refresh();
  }

  /** Each new connection gets its handshake late, by a time between both, in ms. */
  delayHandshakes(least: number, most: number): void {
    this.#lanes['to-client'].firstFrameDelay = () => least + Math.random() * (most - least);
  }

  /** Swallows everything that the server says, but for handshakes and the answers to pings. */
  answerPingsOnly(): void {
    const lane = this.#lanes['to-client'];
    lane.swallow = (frame) => frame.length < ZXID_OFFSET || frame.readInt32BE(XID_OFFSET) !== Xid.ping;
    // Without the zxid: no server names a transaction whose events it has not sent.
    lane.transform = (frame) => {
      const pong = Buffer.from(frame);
      pong.writeBigInt64BE(0n, ZXID_OFFSET);
      return pong;
    };
    this.#refresh();
  }

  /** Swallows each SetWatches: it is never answered. */
  swallowSetWatches(): void {
    this.#lanes['to-server'].swallow = (frame) =>
      frame.length >= OP_OFFSET + 4 && SET_WATCHES.includes(frame.readInt32BE(OP_OFFSET));
    this.#refresh();
  }

  traffic(): TrafficReport | null {
    return this.#traffic?.report ?? null;
  }

  /** Destroys all; idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.cut();
    this.refuse();
    await this.#condition.until(
      () => this.#connections.size === 0,
      () => 'the sockets of the proxy closed',
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connected(socket: Socket): void {
    this.#accepted++;
    const toServer = this.#lanes['to-server'];
    const toClient = this.#lanes['to-client'];
    const isDead = this.#silent || (toServer.blackHole && toClient.blackHole);
    const connection = new ProxiedConnection(socket, isDead ? null : this.#target, toServer, toClient, () => {
      if (connection.isGone) this.#connections.delete(connection);
      this.#condition.changed();
    });
    if (this.#traffic) connection.observe(this.#traffic);
    this.#connections.add(connection);
    this.#condition.changed();
  }

  #refresh(): void {
    for (const connection of this.#connections) connection.refresh();
  }
}
