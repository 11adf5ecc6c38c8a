import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Codec } from '../lib/protocol/codec.js';
import { FrameSplitter } from '../lib/protocol/frame-splitter.js';
import { JuteWriter } from '../lib/protocol/jute.js';
import { connectRequestRecord, requestHeaderRecord } from '../lib/protocol/messages.js';
import { OpCode, type Operation } from '../lib/protocol/op-code.js';

const SESSION_TIMEOUT = 30_000;
/** Where a reply has its error, counted with the length in front. */
const ERROR_OFFSET = 16;

/** A request as it goes on the wire. */
export function frameOf<T>(op: Operation, codec: Codec<T>, value: T): Buffer {
  const writer = new JuteWriter().frame((body) => {
    requestHeaderRecord.write(body, { xid: 1, op: OpCode[op] });
    codec.write(body, value);
  });
  return Buffer.from(writer.bytes);
}

/** The least that a client can be: it sends frames that were made before, and counts replies. */
export class PipelinedClient implements Disposable {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  #replied: (frame: Buffer) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#splitter.push(chunk);
      for (let frame = this.#splitter.next(); frame; frame = this.#splitter.next()) this.#replied(frame);
    });
  }

  /** Resolves once it has a session. */
  static async connect(port: number): Promise<PipelinedClient> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const client = new PipelinedClient(socket);
    const request = {
      protocolVersion: 0,
      lastZxid: 0n,
      sessionTimeout: SESSION_TIMEOUT,
      sessionId: 0n,
      password: Buffer.alloc(16),
    };
    const greeted = new Promise<void>((resolve) => {
      client.#replied = () => resolve();
    });
    socket.write(new JuteWriter().frame((body) => connectRequestRecord.write(body, request)).bytes);
    await greeted;
    return client;
  }

  /** Sends all, at most `window` of them unanswered, and resolves with the ms that it took until the last reply. */
  async run(frames: readonly Buffer[], window: number): Promise<number> {
    const start = performance.now();
    let sent = 0;
    let answered = 0;
    await new Promise<void>((resolve, reject) => {
      const send = (): void => {
        const end = Math.min(frames.length, answered + window);
        if (end > sent) this.#socket.write(Buffer.concat(frames.slice(sent, end)));
        sent = end;
      };
      this.#replied = (frame) => {
        answered += 1;
        const error = frame.readInt32BE(ERROR_OFFSET);
        if (error !== 0) reject(new Error(`request ${answered} failed with error ${error}`));
        if (answered === frames.length) resolve();
        // Half a window at a time: as many small writes would be measured as requests.
        else if (sent - answered <= window / 2) send();
      };
      send();
    });
    return performance.now() - start;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
