import type { Socket } from 'node:net';
import type { Acl, WatchedEvent } from '../../core/coordination-client.js';
import { WIRE } from '../../core/limits.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { JuteReader, JuteWriter, MalformedRecordError } from '../../protocol/jute.js';
import { replyHeader } from '../../protocol/messages.js';
import { Xid } from '../../protocol/op-code.js';
import { EventType, watcherEvent } from '../../protocol/records.js';
import type { Answer } from '../requests/answer.js';
import type { Session, SessionConnection } from '../sessions/session.js';
import { type Identity, isAllowed, Permission } from '../tree/acl.js';
import type { EventTarget } from '../tree/watch-manager.js';
import type { Outbox, Output } from './outbox.js';

/** What the server does with what comes in on a connection. */
export interface ConnectionHost {
  readonly outbox: Outbox;
  /** The answer to a four-letter word, or `null` when the number is none. */
  fourLetterWord(word: number): string | null;
  /** The first frame. */
  greeted(connection: ServerConnection, reader: JuteReader): void;
  /** A later one. */
  requested(connection: ServerConnection, reader: JuteReader): void;
  /** It has ended, and `reason` says why when it was not by its own will. */
  ended(connection: ServerConnection, reason: string | null): void;
}

/** A handshake has some 50 bytes: who has no session yet gets no memory for more. */
const LONGEST_HANDSHAKE = 1_024;
/** From here on the connection is not read until it has taken what it asked for. */
const ENOUGH_WAITING = 1024 * 1024;
/** What one answer may weigh: a few bytes that ask for the same data many times must not fill the memory. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
/** What of events a connection that takes nothing may have waiting, before it is cut. */
const TOO_MANY_EVENTS = 16 * 1024 * 1024;
/** How long a connection that ends may take to read the last of it and to hang up, in ms. */
const FAREWELL_TIMEOUT = 5_000;
/** What is gathered before it is written. */
const BATCH = 64 * 1024;

const SYNC_CONNECTED = 3;

/** One client's TCP connection, as the server sees it. */
export class ServerConnection implements EventTarget, SessionConnection {
  readonly identities: Identity[];
  readonly remote: string;
  readonly since = Date.now();
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  readonly #splitter = new FrameSplitter(WIRE.longestRequest);
  #out = new JuteWriter();
  #phase: 'greeting' | 'open' | 'ending' | 'over' = 'greeting';
  #isSilent = false;
  #isReading = false;
  #reason: string | null = null;
  /** How much of what is gathered are events. */
  #events = 0;
  #farewell: NodeJS.Timeout | undefined;
  session: Session | null = null;
  sessionTimeout = 0;
  received = 0;
  sent = 0;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.remote = `${address || 'unknown'}:${socket.remotePort ?? 'unknown'}`;
    this.identities = [{ scheme: 'ip', id: address }];
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (!this.isGreeting && !this.isOpen) return;
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

  /** Whether a session is on it. */
  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  /** Whether its client has not said yet which session it wants. */
  get isGreeting(): boolean {
    return this.#phase === 'greeting';
  }

  /** Whether nothing is read from it or sent to it for the time being. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Now it has a session, and takes requests. */
  open(session: Session, sessionTimeout: number): void {
    this.session = session;
    this.sessionTimeout = sessionTimeout;
    this.#phase = 'open';
    this.#isSilent = session.isFrozen || this.#isSilent;
    session.connection = this;
  }

  /** Sends a frame, with what else is sent before the next flush. */
  send(body: (writer: JuteWriter) => void, longest?: number): void {
    if (this.#phase === 'over' || this.#phase === 'ending') return;
    this.#out.frame(body, longest);
    this.sent += 1;
    this.#host.outbox.add(this);
  }

  reply(xid: number, zxid: bigint, { error, write }: Answer): void {
    this.send((writer) => {
      replyHeader.write(writer, { xid, zxid, error });
      write?.(writer);
    }, LONGEST_ANSWER);
  }

  notify(type: WatchedEvent['type'], path: string): void {
    const { length } = this.#out;
    this.send((writer) => {
      replyHeader.write(writer, { xid: Xid.notification, zxid: -1n, error: 0 });
      watcherEvent.write(writer, { type: EventType[type], state: SYNC_CONNECTED, path });
    });
    this.#events += this.#out.length - length;
  }

  mayRead(acl: readonly Acl[]): boolean {
    return isAllowed(acl, Permission.read, this.identities);
  }

  /**
   * Takes what is to be written now; `null` when there is nothing, while it is silent, and while its client has not taken
   * what was written before: what waits is gathered in one piece, and events are not gathered for ever.
   */
  takeOutput(): Output | null {
    const isLast = this.#phase === 'ending';
    if (this.#isSilent || this.#socket.writableNeedDrain) {
      if (this.#events > TOO_MANY_EVENTS) this.cut(`it leaves ${this.#events} bytes of events unread`);
      return null;
    }
    if (this.#out.length === 0 && !isLast) return null;
    const { bytes } = this.#out;
    this.#out = new JuteWriter();
    this.#events = 0;
    return { bytes, isLast };
  }

  /** Writes what was taken, and hangs up after the last of it. */
  write({ bytes, isLast }: Output): void {
    if (this.#phase === 'over') return;
    this.#socket.write(bytes);
    if (isLast) this.#socket.end();
  }

  /** Goes on with what it has read, when it had to wait. */
  proceed(): void {
    this.#read();
  }

  /** It is not answered any more, and ends when all that was sent has been written. `reason` goes into the log. */
  end(reason: string | null = null): void {
    if (this.#phase === 'over' || this.#phase === 'ending') return;
    this.#reason = reason;
    this.#startFarewell();
    this.#host.outbox.add(this);
  }

  /** Ends it at once, for a reason that goes into the log. */
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

  /** Processes the frames that are there in full, as long as their answers are taken. */
  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while ((this.#phase === 'greeting' || this.#phase === 'open') && !this.#isSilent && !this.#mustWait()) {
        if (this.#phase === 'greeting' && !this.#isHandshake()) break;
        const frame = this.#splitter.next();
        if (!frame) break;
        this.received += 1;
        const reader = new JuteReader(frame, 4);
        if (this.#phase === 'greeting') this.#host.greeted(this, reader);
        else this.#host.requested(this, reader);
        if (this.#out.length > BATCH) this.#host.outbox.flush();
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
    return `${this.isGreeting ? 'its handshake' : 'what it sent'} makes no sense: ${message}`;
  }

  #mustWait(): boolean {
    const mustWait = this.#waiting > ENOUGH_WAITING;
    if (mustWait) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
    return mustWait;
  }

  /** Whether a length is next, and not a four-letter word, which is answered. */
  #isHandshake(): boolean {
    const length = this.#splitter.nextLength;
    if (length === null) return false;
    const text = this.#host.fourLetterWord(length);
    if (text !== null) {
      this.#startFarewell();
      this.#socket.end(text);
      return false;
    }
    if (length > LONGEST_HANDSHAKE) this.cut(`its handshake makes no sense: a frame of ${length} bytes`);
    return length <= LONGEST_HANDSHAKE;
  }

  /** What still comes is thrown away. A client that does not hang up in time is hung up on. */
  #startFarewell(): void {
    this.#phase = 'ending';
    this.#farewell = setTimeout(() => this.destroy(), FAREWELL_TIMEOUT);
  }

  #close(reason: string | null): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    clearTimeout(this.#farewell);
    this.#socket.destroy();
    this.#host.ended(this, reason);
  }
}
