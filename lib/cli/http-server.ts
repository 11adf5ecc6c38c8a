import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { Deadline } from '../core/deadline.js';
import { codeOf } from '../core/errors.js';
import { CommandError } from './command-error.js';
import { COMMAND } from './limits.js';

/** Where a server listens, and what it answers. */
export interface HttpServerOptions {
  readonly port: number;
  readonly host: string;
  /**
   * Whether requests must name the server by an address, or as localhost: a page whose name was made to lead to this
   * machine sends that name.
   */
  readonly isNamedByAddress: boolean;
  readonly listener: RequestListener;
  readonly upgrade: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
}

/** A server of HTTP that ends in order. */
export class HttpServer {
  /** As a client on this machine has it, with a slash at its end. */
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>, host: string) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
  }

  /** @throws CommandError when it cannot listen there */
  static async listen({ port, host, isNamedByAddress, listener, upgrade }: HttpServerOptions): Promise<HttpServer> {
    const isMeant = ({ headers }: IncomingMessage): boolean => !isNamedByAddress || isAddress(headers.host);
    const server = createServer((request, response) => {
      if (isMeant(request)) return listener(request, response);
      response.writeHead(421, { 'content-type': 'text/plain' }).end('use the address of this server, or localhost\n');
    });
    if (upgrade) {
      server.on('upgrade', (request, socket, head) => {
        if (isMeant(request)) return upgrade(request, socket, head);
        socket.on('error', () => {});
        socket.end('HTTP/1.1 421 Misdirected Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      });
    }
    server.listen(port, host);
    await once(server, 'listening').catch((error: unknown) => {
      throw new CommandError(toReason(error, host, port), { cause: error });
    });
    return new HttpServer(server, host);
  }

  /**
   * Takes no more connections, and lets the requests that are under way end for a while.
   *
   * @param hurry ends those that would wait
   */
  async close(hurry: () => Promise<void>): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const deadline = new Deadline(COMMAND.requests.grace, () => this.#server.closeAllConnections());
    const ticker = setInterval(() => this.#server.closeIdleConnections(), COMMAND.requests.lookEvery);
    await hurry();
    await closed;
    clearInterval(ticker);
    deadline.cancel();
  }
}

/** Whether the header `Host` is an address, or localhost, with or without a port. */
function isAddress(host = ''): boolean {
  const name = host.replace(/:\d+$/, '');
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function toReason(error: unknown, host: string, port: number): string {
  if (codeOf(error) !== 'EADDRINUSE') return `it cannot listen at port ${port} of ${host} (${codeOf(error)})`;
  return `port ${port} of ${host} is in use: stop its process, or choose another port with --port`;
}
