import type { Socket } from 'node:net';
import type { Acl, WatchedEvent } from '../../core/coordination-client.js';
import { WIRE } from '../../core/limits.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../protocol/jute.js';
import { Xid } from '../../protocol/op-code.js';
import { EventType, watcherEventRecord } from '../../protocol/records.js';
import { replyHeaderRecord } from '../../protocol/server-messages.js';
import type { DigestMd5Exchange } from '../authentication/digest-md5-exchange.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import type { Answer } from '../requests/answer.js';
import type { ServerSession, SessionConnection } from '../sessions/server-session.js';
import { type Identity, isAllowed, Permission } from '../tree/acl.js';
import type { WatchTarget } from '../tree/watch-manager.js';
import type { Outbox, Output } from './outbox.js';

/** The part of the server that a connection uses. */
export interface ConnectionHost {
  readonly outbox: Outbox;
  /** The answer to a four-letter word, or `null` for other numbers. */
  fourLetterWord(word: number): string | null;
  /** The connection received its first frame, the handshake. */
  handshakeReceived(connection: ServerConnection, reader: JuteReader): void;
  /** The connection received a later frame, a request. */
  requestReceived(connection: ServerConnection, reader: JuteReader): void;
  /** The connection has ended. `reason` is `null` when nothing has to be logged. */
  ended(connection: ServerConnection, reason: string | null): void;
}

const { closeTimeout, cutAboveEvents, longestHandshake, longestReply, pauseReadingAbove, writeBatch } = EMBEDDED_LIMITS;

const SYNC_CONNECTED = 3;

/** The client, which a socket behind TLS does not know. */
export interface Peer {
  /** Its address and port. */
  readonly remote: string;
  /** The identities that the connection itself proves. */
  readonly identities: readonly Identity[];
}

/** The client of a connection without TLS. */
export function peerOf({ remoteAddress, remotePort }: Socket): Peer {
  const address = (remoteAddress ?? '').replace(/^::ffff:/, '');
  const remote = `${address || 'unknown'}:${remotePort ?? 'unknown'}`;
  return { remote, identities: [{ scheme: 'ip', id: address }] };
}

/** The server's side of a client's connection. */
export class ServerConnection implements WatchTarget, SessionConnection {
  readonly identities: Identity[];
  readonly remote: string;
  readonly since = performance.now();
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #splitter = new FrameSplitter(WIRE.longestRequest);
  #out = new JuteWriter();
  #phase: 'handshake' | 'open' | 'ending' | 'over' = 'handshake';
  #isSilent = false;
  #isReading = false;
  #reason: string | null = null;
  /** The number of gathered bytes that are events. */
  #events = 0;
  #closeTimer: NodeJS.Timeout | undefined;
  session: ServerSession | null = null;
  exchange: DigestMd5Exchange | null = null;
  sessionTimeout = 0;
  received = 0;
  sent = 0;

  constructor(socket: Socket, host: ConnectionHost, { remote, identities }: Peer = peerOf(socket)) {
    this.#socket = socket;
    this.#host = host;
    this.remote = remote;
    this.identities = [...identities];
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (!this.isInHandshake && !this.isOpen) return;
      this.#splitter.push(chunk);
      this.#read();
    });
    socket.on('drain', () => {
      this.#host.outbox.add(this);
      this.#read();
    });
    socket.on('error', () => {});
    socket.on('close', () => this.#close(this.#reason));
  }

  /** Whether the connection has a session and accepts requests. */
  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Whether the handshake is still awaited. */
  get isInHandshake(): boolean {
    return this.#phase === 'handshake';
  }

  /** Whether reading and writing are stopped. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Attaches the session: from now on the connection accepts requests. */
  open(session: ServerSession, sessionTimeout: number): void {
    this.session = session;
    this.sessionTimeout = sessionTimeout;
    this.#phase = 'open';
    session.connection = this;
    if (session.isFrozen) this.setSilent(true);
  }

  /** Gathers a frame for the next flush. */
  send(body: (writer: JuteWriter) => void, longest?: number): void {
    if (this.#phase === 'over' || this.#phase === 'ending') return;
    this.#out.frame(body, longest);
    this.sent += 1;
    this.#host.outbox.add(this);
  }

  reply(xid: number, zxid: bigint, { error, write }: Answer): void {
    this.send((writer) => {
      replyHeaderRecord.write(writer, { xid, zxid, error });
      write?.(writer);
    }, longestReply);
  }

  notify(type: WatchedEvent['type'], path: string): void {
    const { length } = this.#out;
    this.send((writer) => {
      replyHeaderRecord.write(writer, { xid: Xid.notification, zxid: -1n, error: 0 });
      watcherEventRecord.write(writer, { type: EventType[type], state: SYNC_CONNECTED, path });
    });
    this.#events += this.#out.length - length;
  }

  mayRead(acl: readonly Acl[]): boolean {
    return isAllowed(acl, Permission.read, this.identities);
  }

  /**
   * Removes and returns the gathered output. Returns `null` without output, while silent, and while the socket has not
   * drained: output goes on gathering then, and too many gathered events cut the connection.
   */
  takeOutput(): Output | null {
    const isLast = this.#phase === 'ending';
    if (this.#isSilent || this.#socket.writableNeedDrain) {
      if (this.#events > cutAboveEvents) this.cut(`it left ${this.#events} bytes of events unread`);
      return null;
    }
    if (this.#out.length === 0 && !isLast) return null;
    const { bytes } = this.#out;
    this.#out = new JuteWriter();
    this.#events = 0;
    return { bytes, isLast };
  }

  /** Writes output, and ends the socket after the last of it. */
  write({ bytes, isLast }: Output): void {
    if (this.#phase === 'over') return;
    this.#socket.write(bytes);
    if (isLast) this.#socket.end();
  }

  /** Continues with the frames that wait. */
  proceed(): void {
    this.#read();
  }

  /** Closes the connection once its output is written. Later requests get no answer. `reason` goes into the log. */
  end(reason: string | null = null): void {
    if (this.#phase === 'over' || this.#phase === 'ending') return;
    this.#reason = reason;
    this.#startEnding();
    this.#host.outbox.add(this);
  }

  /** Destroys the connection and logs the reason. */
  cut(reason: string): void {
    this.#close(reason);
  }

  destroy(): void {
    this.#close(this.#reason);
  }

  setSilent(silent: boolean): void {
    this.#isSilent = silent;
    if (silent) {
      this.#socket.pause();
    } else {
      this.#host.outbox.add(this);
      this.#socket.resume();
      this.#read();
    }
  }

  get #waiting(): number {
    return this.#socket.writableLength + this.#host.outbox.held(this) + this.#out.length;
  }

  /** Processes complete frames until the unsent output is too much. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while ((this.#phase === 'handshake' || this.#phase === 'open') && !this.#isSilent && !this.#mustWait()) {
        if (this.#phase === 'handshake' && !this.#isHandshake()) break;
        const frame = this.#splitter.next();
        if (!frame) break;
        this.received += 1;
        const reader = new JuteReader(frame, 4);
        if (this.#phase === 'handshake') this.#host.handshakeReceived(this, reader);
        else this.#host.requestReceived(this, reader);
        if (this.#out.length > writeBatch) this.#host.outbox.flush();
      }
    } catch (error) {
      this.cut(this.#describe(error));
    } finally {
      this.#isReading = false;
      this.#host.outbox.flush();
    }
  }

  #describe(error: unknown): string {
    const { message } = error as Error;
    if (!(error instanceof MalformedRecordError)) return `its request cannot be processed: ${message}`;
    return `${this.isInHandshake ? 'its handshake' : 'its input'} is malformed: ${message}`;
  }

  #mustWait(): boolean {
    const mustWait = this.#waiting > pauseReadingAbove;
    if (mustWait) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
    return mustWait;
  }

  /** Whether a handshake comes next. Answers a four-letter word that comes in its place. */
  #isHandshake(): boolean {
    const length = this.#splitter.nextLength;
    if (length === null) return false;
    const text = this.#host.fourLetterWord(length);
    if (text !== null) {
      this.#startEnding();
      this.#socket.end(text);
      return false;
    }
    if (length > longestHandshake) this.cut(`its handshake is malformed: a frame of ${length} bytes`);
    return length <= longestHandshake;
  }

  /** Discards further input, and destroys the connection unless the client hangs up in time. */
  #startEnding(): void {
    this.#phase = 'ending';
    this.#closeTimer = setTimeout(() => this.destroy(), closeTimeout);
  }

  #close(reason: string | null): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    clearTimeout(this.#closeTimer);
    this.#socket.destroy();
    this.#host.ended(this, reason);
  }
}
