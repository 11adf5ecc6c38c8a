import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Codec } from '../../lib/protocol/codec.js';
import { FrameSplitter } from '../../lib/protocol/frame-splitter.js';
import { JuteReader, JuteWriter } from '../../lib/protocol/jute.js';
import { connectRequestRecord } from '../../lib/protocol/messages.js';
import { OpCode } from '../../lib/protocol/op-code.js';
import { replyHeaderRecord } from '../../lib/protocol/server-messages.js';
import { REQUESTS, type RequestName, type RequestRecord } from '../../testing/raw-messages.js';
import { Wire } from '../../testing/wire.js';

/** The answer to a handshake with its length in front. */
const HANDSHAKE_ANSWER_LENGTH = 41;

/** Fields of a handshake; the others are those of a new client. */
export interface HandshakeFields {
  readonly lastZxid?: bigint;
  readonly sessionTimeout?: number;
  readonly sessionId?: bigint;
  readonly password?: Buffer | null;
}

/** A handshake's frame. */
export function handshakeFrame(fields: HandshakeFields = {}): Buffer {
  const { lastZxid = 0n, sessionTimeout = 60_000, sessionId = 0n, password = Buffer.alloc(16) } = fields;
  return new JuteWriter().frame((writer) => {
    connectRequestRecord.write(writer, { protocolVersion: 0, lastZxid, sessionTimeout, sessionId, password });
    writer.boolean(false);
  }).bytes;
}

/** A request's record alone. */
export function recordOf<N extends RequestName>(name: N, request: RequestRecord<N>): Buffer {
  const writer = new JuteWriter();
  (REQUESTS[name] as Codec<RequestRecord<N>>).write(writer, request);
  return writer.bytes;
}

/** A request's frame. */
export function requestFrame<N extends RequestName>(xid: number, name: N, request: RequestRecord<N>): Buffer {
  return frameOf(xid, OpCode[name], recordOf(name, request));
}

/** The frame of an operation with any bytes as its record. */
export function frameOf(xid: number, op: number, record: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([ints(8 + record.length, xid, op), record]);
}

/** An answer, or an event (of xid -1), and the record behind its header. */
export interface HostileAnswer {
  readonly xid: number;
  readonly zxid: bigint;
  readonly error: number;
  readonly record: Buffer;
}

const HEADER_LENGTH = 20;

/** The frames that a connection received after the handshake. */
export function answersIn(bytes: Buffer): HostileAnswer[] {
  const splitter = new FrameSplitter();
  splitter.push(bytes);
  const answers: HostileAnswer[] = [];
  for (let frame = splitter.next(); frame; frame = splitter.next()) {
    answers.push({ ...replyHeaderRecord.read(new JuteReader(frame, 4)), record: frame.subarray(HEADER_LENGTH) });
  }
  return answers;
}

/** Numbers as on the wire, four bytes each. */
export function ints(...values: number[]): Buffer {
  const writer = new JuteWriter();
  for (const value of values) writer.int(value);
  return writer.bytes;
}

/** Reads frames of any number and length, keeps none, and passes on the length and the first number of each. */
export function onFrames(socket: Socket, listener: (length: number, xid: number) => void): void {
  let head = Buffer.alloc(0);
  let skip = 0;
  socket.on('data', (chunk) => {
    for (let rest = chunk; rest.length > 0; ) {
      if (skip > 0) {
        const skipped = Math.min(skip, rest.length);
        skip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const missing = 8 - head.length;
      head = Buffer.concat([head, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (head.length < 8) return;
      const length = head.readInt32BE(0);
      listener(length, head.readInt32BE(4));
      skip = length - 4;
      head = Buffer.alloc(0);
    }
  });
}

/** How a hostile client behaves. */
export interface HostileOptions {
  /** Whether it reads from its socket; default: true. */
  readonly reads?: boolean;
  /** Whether it keeps its side open when the server hangs up; default: false. */
  readonly stays?: boolean;
}

/** A connection that sends arbitrary bytes. */
export class HostileClient extends Wire {
  static async connect(port: number, { reads = true, stays = false }: HostileOptions = {}): Promise<HostileClient> {
    const client = new HostileClient(connect({ port, host: '127.0.0.1', allowHalfOpen: stays }));
    if (!reads) client.socket.pause();
    await once(client.socket, 'connect');
    return client;
  }

  /** One that has a session. */
  static async open(port: number, options: HostileOptions = {}): Promise<HostileClient> {
    const client = await HostileClient.connect(port, options);
    client.send(handshakeFrame());
    await client.untilLength(HANDSHAKE_ANSWER_LENGTH);
    return client;
  }

  /** As the server's log names it. */
  readonly name = new Promise<string>((resolve) => {
    const found = (): void => resolve(`127.0.0.1:${this.socket.localPort}`);
    if (this.socket.connecting) this.socket.once('connect', found);
    else found();
  });

  /** The bytes received since the handshake's answer. */
  get answers(): Buffer {
    return this.received.subarray(HANDSHAKE_ANSWER_LENGTH);
  }

  /** Resolves once so many bytes have come. */
  async untilLength(length: number): Promise<void> {
    await this.chunks.until(() => this.received.length >= length, { describe: `${length} bytes` });
  }

  /** Sends one byte after the other, so many in each turn of the event loop. */
  async trickle(bytes: Buffer, perTurn = 1): Promise<void> {
    for (let index = 0; index < bytes.length && !this.socket.destroyed; index += 1) {
      this.send(bytes.subarray(index, index + 1));
      if (index % perTurn === 0) await new Promise(setImmediate);
    }
  }
}
