import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy whose target can change, as behind a load balancer. */
export class MovingProxy {
  /** The port that new connections go to; `null`: they are reset. */
  target: number | null;
  /** Called for each connection that is reset. */
  onRefused: () => void = () => {};
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();

  private constructor(target: number | null) {
    this.target = target;
  }

  static async listen(target: number | null): Promise<MovingProxy> {
    const proxy = new MovingProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', () => resolve()));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The address of a gateway's events behind it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/events`;
  }

  /** Ends every connection; later ones go to this port. */
  moveTo(target: number | null): void {
    this.target = target;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.moveTo(null);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    if (this.target === null) {
      socket.resetAndDestroy();
      this.onRefused();
      return;
    }
    const other = connect(this.target, '127.0.0.1');
    for (const [one, another] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        another.destroy();
      });
      one.pipe(another);
    }
  }
}
