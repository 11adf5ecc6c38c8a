import type { Socket } from 'node:net';
// Not that of the global `process`, which fake timers replace: no request would be sent.
import { nextTick } from 'node:process';
import { endRequire } from './builtin-require.js';

// After the import above, whose evaluation must come first.

import zookeeper from 'node-zookeeper-client';
import { WIRE } from '../../core/limits.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { MalformedRecordError } from '../../protocol/jute.js';
import { OpCode, Xid } from '../../protocol/op-code.js';
import { type WireRequest, XID_OFFSET } from '../../protocol/requests.js';
import { authenticationErrorOf } from './authentication-errors.js';
import {
  type AuthInfo,
  type Connection,
  type ConnectionEnd,
  type ConnectionHandlers,
  type ConnectionOptions,
  type Connector,
  REPLY_TOO_LARGE,
  type ReplyHandler,
} from './connection.js';
import { readHandshake } from './plausible-handshake.js';
import { type ReplyHeader, ReplyReader } from './reply-reader.js';

endRequire();

/** The private members of node-zookeeper-client 1.1.3 that are used here. */
interface ConnectionManager {
  state: number;
  socket?: Socket;
  xid: number;
  zxid: Buffer;
  connectTimeoutHandler: NodeJS.Timeout | null;
  watcherManager: { isEmpty(): boolean };
  packetQueue: { queue: unknown[] };
  pendingQueue: { request: PendingRequest }[];
  findNextServer(found: (server: { host: string; port: number }) => void): void;
  connect(): void;
  queue(request: QueuedRequest): void;
  onSocketConnected(): void;
  onSocketData(bytes: Buffer): void;
  onSocketClosed(): void;
  onSocketError(error: Error): void;
  onSocketTimeout(): void;
}

interface QueuedRequest {
  header: { type: number; xid: number };
  payload: null;
  toBuffer(): Buffer;
}

const CLOSED = -2;
/** An operation without special treatment in node-zookeeper-client. */
const ANY = OpCode.exists;
/** Xids start again from here: those of requests that wait to be written must still fit 31 bits. */
const LAST_XID = 0x7fff_0000;

/** A request on its way through node-zookeeper-client, which assigns the xid as it writes it. */
class PendingRequest<T = unknown> implements QueuedRequest {
  readonly header = { type: ANY, xid: 0 };
  readonly payload = null;
  readonly wire: WireRequest<T>;
  readonly onReply: ReplyHandler<T>;

  constructor(wire: WireRequest<T>, onReply: ReplyHandler<T>) {
    this.wire = wire;
    this.onReply = onReply;
  }

  toBuffer(): Buffer {
    this.wire.frame.writeInt32BE(this.header.xid, XID_OFFSET);
    return this.wire.frame;
  }
}

/**
 * Opens a connection over node-zookeeper-client. Each of its objects serves one TCP connection and is then thrown away.
 */
export const connectNodeZooKeeper: Connector = (options, handlers) => new NodeZooKeeperConnection(options, handlers);

class NodeZooKeeperConnection implements Connection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #client: zookeeper.Client;
  readonly #manager: ConnectionManager;
  /** Lets node-zookeeper-client read the handshake. */
  readonly #greet: (frame: Buffer) => void;
  readonly #splitter: FrameSplitter;
  readonly #replies: ReplyReader;
  #phase: 'connecting' | 'greeting' | 'authenticating' | 'proving' | 'open' | 'over' = 'connecting';
  #handshake: Parameters<ConnectionHandlers['opened']>[0] | undefined;
  #credentialsPending = 0;
  #pingsPending = 0;
  #socketError: Error | undefined;
  #isGathering = false;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#splitter = new FrameSplitter(WIRE.longestHandshake, options.maxReplySize ?? WIRE.longestReply);
    this.#replies = new ReplyReader(options.lastZxid, options.chroot ?? '');
    this.#client = zookeeper.createClient('127.0.0.1', {
      sessionTimeout: options.sessionTimeout,
      ...(options.session && {
        sessionId: longToBuffer(options.session.id),
        sessionPassword: options.session.password,
      }),
    } as Partial<zookeeper.Option>);
    for (const auth of options.auth) this.addAuth(auth);
    this.#manager = (this.#client as unknown as { connectionManager: ConnectionManager }).connectionManager;
    this.#greet = this.#manager.onSocketData.bind(this.#manager);
    this.#takeOver();
    this.#client.connect();
    // Before the socket has closed on this side too: a busy event loop would take a turn for that.
    this.#manager.socket?.once('end', () => this.#socketClosed());
    // Its connect timer outlives the connection and kills a later, healthy one. The session has a deadline of its own.
    clearTimeout(this.#manager.connectTimeoutHandler ?? undefined);
  }

  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void {
    if (this.#phase !== 'open') return;
    this.#gather();
    if (this.#manager.xid >= LAST_XID) this.#manager.xid = 1;
    this.#manager.queue(new PendingRequest(wire, onReply));
  }

  ping(): void {
    if (this.#phase === 'connecting' || this.#phase === 'over') return;
    this.#pingsPending += 1;
    const frame = Buffer.alloc(12);
    frame.writeInt32BE(8, 0);
    frame.writeInt32BE(Xid.ping, 4);
    frame.writeInt32BE(OpCode.ping, 8);
    // Behind the handshake, and before its answer, node-zookeeper-client would hold it back.
    if (this.#phase === 'greeting' || this.#phase === 'authenticating') this.#manager.socket?.write(frame);
    else this.#manager.queue({ header: { type: OpCode.ping, xid: Xid.ping }, payload: null, toBuffer: () => frame });
  }

  addAuth({ scheme, auth }: AuthInfo): void {
    this.#credentialsPending += 1;
    this.#client.addAuthInfo(scheme, Buffer.from(auth));
  }

  destroy(): void {
    this.#neutralise();
  }

  /** Leaves the socket, the handshake, the order of requests and their xids to it, and replaces the rest. */
  #takeOver(): void {
    const manager = this.#manager;
    const sendHandshake = manager.onSocketConnected.bind(manager);
    manager.zxid = longToBuffer(this.#options.lastZxid);
    manager.watcherManager = { isEmpty: () => true };
    const { host, port, address = host } = this.#options.server;
    manager.findNextServer = (found) => found({ host: address, port });
    manager.onSocketConnected = () => {
      if (this.#phase !== 'connecting') return;
      this.#phase = 'greeting';
      this.#gather();
      sendHandshake();
      // In one round trip with the handshake; but credentials come first, and a session may have expired.
      if (this.#credentialsPending === 0 && !this.#options.session) this.ping();
      this.#handlers.reached();
    };
    manager.onSocketData = (bytes) => this.#received(bytes);
    manager.onSocketError = (error) => {
      this.#socketError = error;
    };
    manager.onSocketClosed = () => this.#socketClosed();
    manager.onSocketTimeout = () => {};
  }

  #received(bytes: Buffer): void {
    try {
      this.#splitter.push(bytes);
      for (let frame = this.#splitter.next(); frame; frame = this.#splitter.next()) this.#frame(frame);
      if (this.#splitter.isInFrame && this.#phase !== 'over') this.#handlers.receiving();
    } catch (error) {
      this.#end('failed', error as Error);
    }
  }

  #frame(frame: Buffer): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'greeting') return this.#greeted(frame);
    const header = this.#replies.header(frame);
    const { xid, error } = header;
    if (xid === Xid.notification) return this.#notified(frame, header);
    const refusal = authenticationErrorOf(error);
    if (refusal) this.#end('auth-failed', refusal);
    else if (xid === Xid.auth) this.#authenticated(error);
    else if (xid === Xid.ping) this.#ponged(header);
    else this.#replied(frame, header);
  }

  #notified(frame: Buffer, header: ReplyHeader): void {
    const event = this.#replies.event(frame, header);
    if (event) this.#handlers.event(event);
  }

  #greeted(frame: Buffer): void {
    const handshake = readHandshake(frame, this.#options);
    if (!handshake) return this.#end('expired', new Error('the server knows no such session'));
    this.#handshake = handshake;
    this.#splitter.longest = WIRE.longestFrame;
    this.#phase = 'authenticating';
    this.#greet(frame);
    this.#manager.socket?.setTimeout(0);
    this.#handlers.heard(0n);
    if (this.#credentialsPending === 0) this.#prove();
  }

  #authenticated(error: number): void {
    if (error !== 0) return this.#end('auth-failed', new Error(`the server refused the credentials (error ${error})`));
    if (this.#credentialsPending === 0) throw new MalformedRecordError('a reply to no credentials');
    this.#handlers.heard(0n);
    this.#credentialsPending -= 1;
    if (this.#credentialsPending === 0 && this.#phase === 'authenticating') this.#prove();
  }

  /** A server that demands other credentials, or that serves nothing, grants a session all the same. */
  #prove(): void {
    this.#phase = 'proving';
    if (this.#pingsPending === 0) this.ping();
  }

  #ponged(header: ReplyHeader): void {
    if (this.#pingsPending === 0) throw new MalformedRecordError('a reply to no ping');
    this.#replies.check(header);
    this.#pingsPending -= 1;
    this.#handlers.heard(header.zxid);
    if (this.#phase !== 'proving' || !this.#handshake) return;
    this.#phase = 'open';
    this.#handlers.opened(this.#handshake);
  }

  /** Replies come in the order of the requests. */
  #replied(frame: Buffer, header: ReplyHeader): void {
    const { xid, zxid, error, skipped } = header;
    const request = this.#manager.pendingQueue.shift()?.request;
    if (request?.header.xid !== xid) throw new MalformedRecordError(`a reply to a request ${xid} that is not the next`);
    const value = this.#replies.read(frame, header, request.wire);
    // Only now: a reply that cannot be believed must not count as a sign of life, nor its zxid as the server's.
    this.#handlers.heard(zxid);
    if (skipped > 0) request.onReply(REPLY_TOO_LARGE, undefined, skipped);
    else request.onReply(error, value);
  }

  /** Sends the requests of a turn in one write: a system call for each would be most of their cost. */
  #gather(): void {
    const { socket } = this.#manager;
    if (!socket || this.#isGathering) return;
    this.#isGathering = true;
    socket.cork();
    nextTick(this.#turnEnds);
  }

  readonly #turnEnds = (): void => {
    this.#isGathering = false;
    this.#manager.socket?.uncork();
  };

  #socketClosed(): void {
    if (this.#phase === 'greeting') {
      this.#end('refused', this.#socketError ?? new Error('the server hung up instead of answering the handshake'));
    } else {
      this.#end('failed', this.#socketError ?? new Error('the server closed the connection'));
    }
  }

  #end(kind: ConnectionEnd['kind'], cause: Error): void {
    if (this.#phase === 'over') return;
    this.#neutralise();
    this.#handlers.closed({ kind, cause });
  }

  /** Keeps it from reconnecting, from calling back, and from keeping half a packet for its next connection. */
  #neutralise(): void {
    this.#phase = 'over';
    const manager = this.#manager;
    clearTimeout(manager.connectTimeoutHandler ?? undefined);
    manager.connect = () => {};
    manager.state = CLOSED;
    manager.packetQueue.queue = [];
    manager.pendingQueue = [];
    manager.socket?.destroy();
  }
}

function longToBuffer(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
