import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Recorder } from './recorder.js';

/** One end of a TCP connection that keeps what it receives. */
export class Wire {
  readonly socket: Socket;
  readonly chunks = new Recorder<Buffer>();
  readonly errors = new Recorder<NodeJS.ErrnoException>();
  readonly closed: Promise<unknown>;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', this.chunks.record);
    socket.on('error', this.errors.record);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  static async to(port: number): Promise<Wire> {
    const wire = new Wire(connect({ port, host: '127.0.0.1' }));
    await once(wire.socket, 'connect');
    return wire;
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks.items);
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async untilReceived(text: string): Promise<void> {
    await this.chunks.until((chunks) => Buffer.concat(chunks).toString() === text, { describe: text });
  }
}

/** A TCP server that keeps the connections which reach it. */
export class WireServer implements AsyncDisposable {
  readonly wires = new Recorder<Wire>();
  readonly #server: Server = createServer((socket) => this.wires.record(new Wire(socket)));

  static async listen(): Promise<WireServer> {
    const server = new WireServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The nth connection that reaches it. */
  async wire(nth = 1): Promise<Wire> {
    const wires = await this.wires.untilCount(nth);
    return wires[nth - 1] as Wire;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of this.wires.items) wire.socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
