import { connect, type Socket } from 'node:net';
import { FaultPipe, type Lane, reset } from './fault-pipe.js';
import type { TlsTraffic } from './tls-traffic.js';

export interface Target {
  readonly port: number;
  readonly host?: string;
}

/** One client's connection through a fault proxy; without a target it is never answered. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket | null;
  readonly #pipes: readonly FaultPipe[];

  constructor(client: Socket, target: Target | null, toServer: Lane, toClient: Lane, onChange: () => void) {
    this.#client = client;
    this.#server = target && connect({ host: '127.0.0.1', ...target, allowHalfOpen: true });
    const sockets = this.#server ? [client, this.#server] : [client];
    for (const socket of sockets) {
      socket.setNoDelay(true);
      socket.on('end', onChange);
      socket.on('close', onChange);
    }
    if (this.#server) {
      this.#pipes = [new FaultPipe(client, this.#server, toServer), new FaultPipe(this.#server, client, toClient)];
    } else {
      this.#pipes = [];
      client.on('error', () => {});
      client.on('end', () => client.destroy());
      client.on('data', (chunk) => {
        toServer.swallowed += chunk.length;
      });
    }
  }

  /** The client has not closed it, nor was it destroyed. */
  get isOpen(): boolean {
    return !this.#client.destroyed && !this.#client.readableEnded;
  }

  /** Neither side has a socket left. */
  get isGone(): boolean {
    return this.#client.destroyed && (this.#server?.destroyed ?? true);
  }

  /** Bytes are missing, or the server was never reached. */
  get isPoisoned(): boolean {
    return this.#server === null || this.#pipes.some((pipe) => pipe.lost);
  }

  /** Checks everything that either side sends, before any fault. */
  observe(traffic: TlsTraffic): void {
    this.#client.on('data', traffic.follow('to-server'));
    this.#server?.on('data', traffic.follow('to-client'));
  }

  refresh(): void {
    for (const pipe of this.#pipes) pipe.refresh();
  }

  destroy(how: 'fin' | 'rst'): void {
    for (const pipe of this.#pipes) pipe.discard();
    for (const socket of [this.#client, this.#server]) {
      if (!socket || socket.destroyed) continue;
      if (how === 'rst') reset(socket);
      else socket.destroy();
    }
  }
}
