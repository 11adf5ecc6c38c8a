import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { CoordinationClient } from '../../index.js';
import {
  createEventGateway,
  type EventGateway,
  type EventGatewayOptions,
  toNodeListener,
} from '../../lib/http/index.js';
import { it as base } from './fixtures.js';

/** A gateway behind a server of Node. */
export interface ServedGateway {
  readonly gateway: EventGateway;
  readonly port: number;
  /** Of the events. */
  readonly url: string;
  /** Ends the gateway and its server, with every connection. Idempotent. */
  close(): Promise<void>;
}

interface ServeOptions extends EventGatewayOptions {
  readonly port?: number;
  /** As behind a proxy that knows no WebSockets. */
  readonly noSockets?: boolean;
}

/** Serves a gateway at a port of its own, or at this one. */
async function serveGateway(
  client: CoordinationClient,
  path: string,
  { port = 0, noSockets = false, ...options }: ServeOptions = {},
): Promise<ServedGateway> {
  const gateway = createEventGateway(client, path, options);
  const server = createServer(toNodeListener(gateway.handler));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (noSockets) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    else gateway.upgrade(request, socket, head);
  });
  await listen(server, port);
  const address = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= gateway.close().then(() => end(server));
    return closing;
  };
  return { gateway, port: address.port, url: `http://127.0.0.1:${address.port}/events`, close };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function end(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface HttpFixtures {
  /** Serves a gateway to the tree of a client until the spec ends. */
  serve: (client: CoordinationClient, path: string, options?: ServeOptions) => Promise<ServedGateway>;
}

/** The fixtures of specs of gateways. */
export const it = base.extend<HttpFixtures>({
  serve: async ({ client: _client, other: _other }, use) => {
    const served: ServedGateway[] = [];
    await use(async (client, path, options) => {
      const one = await serveGateway(client, path, options);
      served.push(one);
      return one;
    });
    await Promise.all(served.map((one) => one.close()));
  },
});
