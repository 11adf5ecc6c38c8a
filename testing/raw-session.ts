import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { boolean, type Codec, record } from '../lib/protocol/codec.js';
import { FrameSplitter } from '../lib/protocol/frame-splitter.js';
import { JuteReader, JuteWriter } from '../lib/protocol/jute.js';
import {
  authRecord,
  connectRequestRecord,
  connectResponseRecord,
  requestHeaderRecord,
} from '../lib/protocol/messages.js';
import { OpCode, Xid } from '../lib/protocol/op-code.js';
import { watcherEventRecord } from '../lib/protocol/records.js';
import { replyHeaderRecord } from '../lib/protocol/server-messages.js';
import { Condition } from './condition.js';
import { nameOf, REQUESTS, type RequestName, type RequestRecord, readReply, readWhole } from './raw-messages.js';
import { Recorder } from './recorder.js';

export interface RawReply {
  readonly kind: 'reply';
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  /** `null`: the reply is its header. */
  readonly body: unknown;
}

interface RawEvent {
  readonly kind: 'event';
  readonly zxid: bigint;
  readonly error: number;
  readonly type: number;
  readonly state: number;
  readonly path: string;
}

export type RawFrame = RawReply | RawEvent;

export interface RawHandshake {
  readonly sessionTimeout: number;
  readonly sessionId: bigint;
  readonly password: Buffer | null;
  /** `null` for those who did not send it. */
  readonly readOnly: boolean | null;
}

export interface RawSessionOptions {
  /** 0: a new session. */
  readonly sessionId?: bigint;
  readonly password?: Buffer;
  readonly lastZxid?: bigint;
  /** Milliseconds to ask for. */
  readonly timeout?: number;
  /** As clients send it since 3.4; `null`: leaves it out. */
  readonly readOnly?: boolean | null;
  /** For a connection over TLS. */
  readonly tls?: ConnectionOptions;
}

const HEADER_LENGTH = 16;

/**
 * One connection of a session, as bytes on a socket: sends any request, and keeps every frame received. Everything that
 * awaits the server rejects once a malformed frame was received.
 */
export class RawSession implements AsyncDisposable {
  /** Replies and events, in the order of their arrival. */
  readonly frames = new Recorder<RawFrame>();
  /** The server's answer to the first frame; `null` when it hung up. */
  handshake: RawHandshake | null = null;
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  readonly #names = new Map<number, RequestName>();
  /** How many requests were sent with each xid. */
  readonly #sent = new Map<number, number>();
  readonly #replies = new Map<number, RawReply[]>();
  readonly #condition = new Condition();
  readonly #sendsReadOnly: boolean;
  #lastXid = 0;
  #shaken = false;
  #failure: unknown = null;

  private constructor(socket: Socket, sendsReadOnly: boolean) {
    this.#socket = socket;
    this.#sendsReadOnly = sendsReadOnly;
    socket.setNoDelay(true);
    // A reset is one way to hang up.
    socket.on('error', () => {});
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => this.#condition.changed());
  }

  /** Resolves once the server has answered the handshake, or has hung up. */
  static async open(port: number, options: RawSessionOptions = {}): Promise<RawSession> {
    const { sessionId = 0n, password = Buffer.alloc(16), lastZxid = 0n, timeout = 60_000, readOnly = false } = options;
    const server = { port, host: '127.0.0.1' };
    const socket = options.tls ? connectTls({ ...server, ...options.tls }) : connect(server);
    await once(socket, options.tls ? 'secureConnect' : 'connect');
    const session = new RawSession(socket, readOnly !== null);
    const request = { protocolVersion: 0, lastZxid, sessionTimeout: timeout, sessionId, password };
    session.#write((writer) => {
      connectRequestRecord.write(writer, request);
      if (readOnly !== null) writer.boolean(readOnly);
    });
    await session.#until(() => session.#shaken, 'the answer to the handshake');
    return session;
  }

  /** Whether the connection has ended, from either side. */
  get closed(): boolean {
    return this.#socket.closed;
  }

  /** Whether the server has granted a session. */
  get established(): boolean {
    return this.handshake !== null && this.handshake.sessionTimeout !== 0;
  }

  /** Sends a request, and does not wait for its reply. Returns its xid. */
  send<N extends RequestName>(name: N, request: RequestRecord<N>): number {
    const xid = name === 'ping' ? Xid.ping : ++this.#lastXid;
    this.#names.set(xid, name);
    this.#sendRequest(xid, OpCode[name], (writer) =>
      (REQUESTS[name] as Codec<RequestRecord<N>>).write(writer, request),
    );
    return xid;
  }

  /** The reply to a request; `null` when the server hung up instead. */
  request<N extends RequestName>(name: N, request: RequestRecord<N>): Promise<RawReply | null> {
    return this.#replyTo(() => this.send(name, request));
  }

  /** The reply to an operation that there may be no name for, with these bytes as its record. */
  requestNumber(op: number, bytes: Buffer): Promise<RawReply | null> {
    return this.#replyTo(() => {
      const xid = ++this.#lastXid;
      const head = new JuteWriter().int(8 + bytes.length);
      requestHeaderRecord.write(head, { xid, op });
      this.#sent.set(xid, 1);
      const name = nameOf(op);
      if (name) this.#names.set(xid, name);
      this.#socket.write(Buffer.concat([head.bytes, bytes]));
      return xid;
    });
  }

  auth(scheme: string, auth: string): Promise<RawReply | null> {
    return this.#replyTo(() => {
      const packet = { type: 0, scheme, auth: Buffer.from(auth) };
      this.#sendRequest(Xid.auth, OpCode.auth, (writer) => authRecord.write(writer, packet));
      return Xid.auth;
    });
  }

  ping(): Promise<RawReply | null> {
    return this.request('ping', undefined);
  }

  /** Resolves once the server has ended the connection. */
  untilHungUp(): Promise<void> {
    return this.#until(() => this.closed, 'the end of the connection');
  }

  /** Ends the session; resolves once the server has hung up. */
  async close(): Promise<void> {
    if (!this.closed) this.send('closeSession', undefined);
    await this.untilHungUp();
  }

  /** Ends the connection and leaves the session; resolves once the server knows. */
  async drop(): Promise<void> {
    this.#socket.end();
    await this.untilHungUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    if (!this.closed) await once(this.#socket, 'close');
  }

  /** Pings share their xid, and so do auth packets: the nth request has the nth reply. */
  async #replyTo(send: () => number): Promise<RawReply | null> {
    const xid = send();
    const nth = this.#sent.get(xid) ?? 0;
    const find = (): RawReply | undefined => this.#replies.get(xid)?.[nth - 1];
    await this.#until(() => find() !== undefined, `the reply to the request ${xid}`);
    return find() ?? null;
  }

  /** Also when the connection ends. */
  async #until(holds: () => boolean, describe: string): Promise<void> {
    await this.#condition.until(
      () => this.#failure !== null || this.closed || holds(),
      () => describe,
    );
    if (this.#failure !== null) throw this.#failure;
  }

  #sendRequest(xid: number, op: number, body: (writer: JuteWriter) => void): void {
    this.#sent.set(xid, (this.#sent.get(xid) ?? 0) + 1);
    this.#write((writer) => {
      requestHeaderRecord.write(writer, { xid, op });
      body(writer);
    });
  }

  #write(body: (writer: JuteWriter) => void): void {
    this.#socket.write(new JuteWriter().frame(body).bytes);
  }

  #receive(chunk: Buffer): void {
    try {
      this.#splitter.push(chunk);
      for (let frame = this.#splitter.next(); frame; frame = this.#splitter.next()) this.#read(frame.subarray(4));
    } catch (error) {
      this.#failure ??= error;
      this.#socket.destroy();
    }
    this.#condition.changed();
  }

  #read(bytes: Buffer): void {
    if (!this.#shaken) {
      this.#readHandshake(bytes);
      return;
    }
    const header = replyHeaderRecord.read(new JuteReader(bytes));
    const rest = bytes.subarray(HEADER_LENGTH);
    if (header.xid === Xid.notification) {
      this.frames.record({
        kind: 'event',
        zxid: header.zxid,
        error: header.error,
        ...readWhole(watcherEventRecord, rest),
      });
      return;
    }
    const reply: RawReply = { kind: 'reply', ...header, body: readReply(this.#names.get(header.xid), rest) };
    this.#replies.set(header.xid, [...(this.#replies.get(header.xid) ?? []), reply]);
    this.frames.record(reply);
  }

  #readHandshake(bytes: Buffer): void {
    this.#shaken = true;
    if (this.#sendsReadOnly) {
      const { response, readOnly } = readWhole(record({ response: connectResponseRecord, readOnly: boolean }), bytes);
      this.handshake = { ...response, readOnly };
    } else {
      this.handshake = { ...readWhole(connectResponseRecord, bytes), readOnly: null };
    }
  }
}
