import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FrameSplitter } from '../lib/protocol/frame-splitter.js';
import { JuteReader } from '../lib/protocol/jute.js';
import { multiRecord } from '../lib/protocol/multi.js';
import { OpCode } from '../lib/protocol/op-code.js';

/** The offsets in a frame, after its length of 4 bytes. */
const XID_OFFSET = 4;
const OP_OFFSET = 8;
const BODY_OFFSET = 12;

const READS: ReadonlySet<number> = new Set([OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2]);

/** A proxy in front of a server that counts the reads. A request of many reads counts with each of them. */
export class WireCounter implements AsyncDisposable {
  /** The reads since the last reset. */
  reads = 0;
  /** The requests that had the reads. */
  requests = 0;
  /** The highest number of unanswered reads since the last reset. */
  mostInFlight = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async listen(port: number): Promise<WireCounter> {
    const server = createServer();
    const counter = new WireCounter(server);
    server.on('connection', (client) => counter.#connected(client, connect({ port, host: '127.0.0.1' })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return counter;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  reset(): void {
    this.reads = 0;
    this.requests = 0;
    this.mostInFlight = 0;
  }

  #connected(client: Socket, server: Socket): void {
    const inFlight = new Set<number>();
    forwardFrames(client, server, (frame) => {
      const reads = readsOf(frame);
      if (reads === 0) return;
      this.reads += reads;
      this.requests += 1;
      inFlight.add(frame.readInt32BE(XID_OFFSET));
      this.mostInFlight = Math.max(this.mostInFlight, inFlight.size);
    });
    forwardFrames(server, client, (frame) => inFlight.delete(frame.readInt32BE(XID_OFFSET)));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.once('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function readsOf(frame: Buffer): number {
  const op = frame.readInt32BE(OP_OFFSET);
  if (op === OpCode.multiRead) return multiRecord.read(new JuteReader(frame, BODY_OFFSET)).length;
  return READS.has(op) ? 1 : 0;
}

/** Passes all bytes on, and then reports each frame except the handshake, which is the first. */
function forwardFrames(from: Socket, to: Socket, see: (frame: Buffer) => unknown): void {
  const splitter = new FrameSplitter();
  let isHandshake = true;
  from.on('data', (chunk) => {
    to.write(chunk);
    splitter.push(chunk);
    for (let frame = splitter.next(); frame; frame = splitter.next()) {
      if (!isHandshake) see(frame);
      isHandshake = false;
    }
  });
}
