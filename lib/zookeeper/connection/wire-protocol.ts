// Not that of the global `process`, which fake timers replace: no request would be sent.
import { nextTick } from 'node:process';
import type { Duplex } from 'node:stream';
import { AuthFailedError } from '../../core/errors.js';
import { Fifo } from '../../core/fifo.js';
import { WIRE } from '../../core/limits.js';
import { reasonOf } from '../../core/reason.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { MalformedRecordError } from '../../protocol/jute.js';
import { saslRecord } from '../../protocol/messages.js';
import { Xid } from '../../protocol/op-code.js';
import { type WireRequest, XID_OFFSET } from '../../protocol/requests.js';
import { authenticationErrorOf, saslErrorOf, saslHungUp } from './authentication-errors.js';
import {
  type AuthInfo,
  type Connection,
  type ConnectionCounts,
  type ConnectionEnd,
  type ConnectionHandlers,
  type ConnectionOptions,
  type Handshake,
  REPLY_TOO_LARGE,
  type ReplyHandler,
} from './connection.js';
import { foreignProtocolOf } from './foreign-protocol.js';
import { authFrame, handshakeFrame, PING, saslFrame } from './opening-frames.js';
import { hungUpOnHandshake, readHandshake } from './plausible-handshake.js';
import { readInSlices } from './read-in-slices.js';
import { type ReplyHeader, ReplyReader } from './reply-reader.js';
import { SaslExchange } from './sasl/sasl-exchange.js';
import type { SaslMechanism } from './sasl/sasl-mechanism.js';
import { tlsDemanded } from './tls-failures.js';

/** The xids of requests are positive; after the last one they begin again. */
const LAST_XID = 0x7fff_ffff;

/** A request without a reply. */
interface PendingRequest {
  readonly xid: number;
  readonly wire: WireRequest<unknown>;
  readonly onReply: ReplyHandler<unknown>;
}

/**
 * Speaks ZooKeeper's protocol over one stream of bytes, from the handshake to the stream's end.
 * The handshake, the credentials and, for a new session, a ping go out in one write: a server answers them in order.
 * With SASL the handshake goes out alone, and nothing but tokens until the exchange has passed.
 */
export class WireProtocol implements Connection {
  readonly #stream: Duplex;
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #splitter: FrameSplitter;
  readonly #replies: ReplyReader;
  readonly #sasl: SaslExchange | undefined;
  readonly #counts: Omit<ConnectionCounts, 'attempted'>;
  readonly #pending = new Fifo<PendingRequest>();
  #phase: 'connecting' | 'greeting' | 'sasl' | 'authenticating' | 'proving' | 'open' | 'over' = 'connecting';
  #handshake: Handshake | undefined;
  #nextXid: number;
  #credentialsPending = 0;
  #pingsPending = 0;
  #streamError: Error | undefined;
  #isGathering = false;
  #pendingTokenXid: number | undefined;

  /**
   * @param stream not yet connected
   * @param connected the event of the stream after which bytes can be sent
   * @param sasl with which the client authenticates before anything else
   */
  constructor(
    stream: Duplex,
    connected: string,
    options: ConnectionOptions,
    handlers: ConnectionHandlers,
    sasl?: SaslMechanism,
  ) {
    this.#stream = stream;
    this.#options = options;
    this.#handlers = handlers;
    this.#splitter = new FrameSplitter(WIRE.longestHandshake, options.maxReplySize ?? WIRE.longestReply);
    this.#replies = new ReplyReader(options.lastZxid, options.chroot ?? '');
    this.#nextXid = options.firstXid ?? 1;
    this.#counts = options.counts ?? { opened: 0, sent: 0, received: 0, notifications: 0 };
    this.#sasl =
      sasl &&
      new SaslExchange(sasl, options.server, {
        send: (token) => this.#sendToken(token),
        passed: () => this.#saslPassed(),
        failed: (reason) => this.#saslFailed(reason),
      });
    stream.once(connected, () => this.#connected());
    stream.on('data', (bytes: Buffer) => readInSlices(stream, () => this.received(bytes)));
    stream.on('error', (error) => {
      this.#streamError = error;
    });
    // Before the stream has closed on this side too: a busy event loop would take a turn for that.
    stream.once('end', () => this.#streamEnded());
    stream.once('close', () => this.#streamEnded());
  }

  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void {
    if (this.#phase !== 'open') return;
    const xid = this.#takeXid();
    wire.frame.writeInt32BE(xid, XID_OFFSET);
    this.#pending.push({ xid, wire, onReply: onReply as ReplyHandler<unknown> });
    this.#write(wire.frame);
  }

  ping(): void {
    if (!this.#isAddressable) return;
    this.#pingsPending += 1;
    this.#write(PING);
  }

  addAuth(auth: AuthInfo): void {
    if (!this.#isAddressable) return;
    this.#credentialsPending += 1;
    this.#write(authFrame(auth));
  }

  destroy(): void {
    this.#phase = 'over';
    this.#sasl?.destroy();
    this.#stream.destroy();
  }

  /** Whether the server reads more than a handshake and SASL. */
  get #isAddressable(): boolean {
    if (this.#phase === 'greeting') return this.#sasl === undefined;
    return this.#phase !== 'connecting' && this.#phase !== 'sasl' && this.#phase !== 'over';
  }

  #takeXid(): number {
    const xid = this.#nextXid;
    this.#nextXid = xid === LAST_XID ? 1 : xid + 1;
    return xid;
  }

  #connected(): void {
    if (this.#phase !== 'connecting') return;
    this.#phase = 'greeting';
    this.#write(handshakeFrame(this.#options));
    if (!this.#sasl) this.#authenticate();
    // Not while a session is taken over: if it has expired, the server hangs up on what it has not read.
    if (!this.#options.session) this.ping();
    this.#handlers.reached();
  }

  #authenticate(): void {
    for (const auth of this.#options.auth) this.addAuth(auth);
  }

  /** Takes bytes of the stream that it does not emit. They may change afterwards. */
  received(bytes: Buffer): void {
    this.#counts.received += bytes.length;
    try {
      this.#splitter.push(bytes);
      if (this.#phase === 'greeting') this.#recognize(this.#splitter.nextLength ?? 0);
      for (let frame = this.#splitter.next(); frame; frame = this.#splitter.next()) this.#frame(frame);
      if (this.#splitter.isInFrame && this.#phase !== 'over') this.#handlers.receiving();
    } catch (error) {
      this.#end('failed', error as Error);
    }
  }

  /** A server of another protocol would be taken for one that sends nonsense. */
  #recognize(start: number): void {
    const protocol = foreignProtocolOf(start);
    if (protocol === 'TLS') this.#end('tls-failed', tlsDemanded());
    if (protocol === 'HTTP') throw new Error('it is no ZooKeeper server: it answers in HTTP');
  }

  #frame(frame: Buffer): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'greeting') return this.#greeted(frame);
    const header = this.#replies.header(frame);
    const { xid, error } = header;
    if (xid === Xid.notification) return this.#notified(frame, header);
    if (this.#phase === 'sasl') return this.#tokenReceived(frame, header);
    const refusal = authenticationErrorOf(error, xid);
    if (refusal) this.#end('auth-failed', refusal);
    else if (xid === Xid.auth) this.#authenticated();
    else if (xid === Xid.ping) this.#ponged(header);
    else this.#replied(frame, header);
  }

  #notified(frame: Buffer, header: ReplyHeader): void {
    const event = this.#replies.event(frame, header);
    if (!event) return;
    this.#counts.notifications += 1;
    this.#handlers.event(event);
  }

  #greeted(frame: Buffer): void {
    const handshake = readHandshake(frame, this.#options);
    if (!handshake) return this.#end('expired', new Error('the server knows no such session'));
    this.#handshake = handshake;
    this.#splitter.longest = WIRE.longestFrame;
    this.#phase = this.#sasl ? 'sasl' : 'authenticating';
    this.#handlers.heard(0n);
    if (this.#sasl) void this.#sasl.advance(null);
    else if (this.#credentialsPending === 0) this.#prove();
  }

  #sendToken(token: Uint8Array): void {
    this.#pendingTokenXid = this.#takeXid();
    this.#write(saslFrame(this.#pendingTokenXid, token));
  }

  #tokenReceived(frame: Buffer, { xid, error }: ReplyHeader): void {
    const mechanism = this.#sasl?.mechanism ?? '';
    if (xid !== this.#pendingTokenXid) throw new MalformedRecordError(`a reply ${xid} amid SASL ${mechanism}`);
    this.#pendingTokenXid = undefined;
    if (error !== 0) return this.#end('auth-failed', saslErrorOf(error, mechanism, this.#sasl?.hasSpoken));
    this.#handlers.heard(0n);
    const { token } = saslRecord.read(this.#replies.recordOf(frame));
    void this.#sasl?.advance(token);
  }

  #saslPassed(): void {
    this.#phase = 'authenticating';
    this.#authenticate();
    if (this.#credentialsPending === 0) this.#prove();
  }

  #saslFailed(reason: unknown): void {
    if (reason instanceof AuthFailedError) this.#end('auth-failed', reason);
    else this.#end('failed', new Error(`SASL ${this.#sasl?.mechanism}: ${reasonOf(reason)}`, { cause: reason }));
  }

  #authenticated(): void {
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
    this.#counts.opened += 1;
    this.#handlers.opened(this.#handshake);
  }

  /** Replies come in the order of the requests. */
  #replied(frame: Buffer, header: ReplyHeader): void {
    const { xid, zxid, error, skipped } = header;
    const request = this.#pending.shift();
    if (request?.xid !== xid) throw new MalformedRecordError(`a reply to a request ${xid} that is not the next`);
    const value = this.#replies.read(frame, header, request.wire);
    // Only now: a reply that cannot be believed must not count as a sign of life, nor its zxid as the server's.
    this.#handlers.heard(zxid);
    if (skipped > 0) request.onReply(REPLY_TOO_LARGE, undefined, skipped);
    else request.onReply(error, value);
  }

  /** Sends the frames of a turn in one write: a system call for each would be most of their cost. */
  #write(frame: Buffer): void {
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.#stream.cork();
      nextTick(this.#turnEnds);
    }
    this.#counts.sent += frame.length;
    this.#stream.write(frame);
  }

  readonly #turnEnds = (): void => {
    this.#isGathering = false;
    this.#stream.uncork();
  };

  #streamEnded(): void {
    if (this.#phase === 'sasl' && this.#sasl) {
      this.#end('auth-failed', saslHungUp(this.#sasl.mechanism, this.#streamError), true);
    } else if (this.#phase === 'greeting') {
      this.#end('refused', this.#streamError ?? hungUpOnHandshake(this.#options));
    } else {
      this.#end('failed', this.#streamError ?? new Error('the server closed the connection'));
    }
  }

  #end(kind: ConnectionEnd['kind'], cause: Error, isAssumed = false): void {
    if (this.#phase === 'over') return;
    this.destroy();
    this.#handlers.closed({ kind, cause, ...(isAssumed && { isAssumed }) });
  }
}
