import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { CoordinationClient } from '../../index.js';
import { createEventGateway, type EventGateway, type EventGatewayOptions } from '../../lib/http/index.js';
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

/** Serves a gateway at a port of its own, or at this one. */
export async function serveGateway(
  client: CoordinationClient,
  path: string,
  { port = 0, ...options }: EventGatewayOptions & { port?: number } = {},
): Promise<ServedGateway> {
  const gateway = createEventGateway(client, path, options);
  const server = createServer(async (request, response) => {
    const aborting = new AbortController();
    response.on('close', () => aborting.abort());
    const answer = await gateway.handler(toFetchRequest(request, aborting.signal));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    gateway.upgrade(request, socket, head);
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

function toFetchRequest(request: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', headers } = request;
  const body = method === 'POST' ? (Readable.toWeb(request) as ReadableStream) : null;
  const init = { method, headers: headers as Record<string, string>, signal, body, duplex: 'half' };
  return new Request(`http://${headers.host}${request.url}`, init as RequestInit);
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
  serve: (
    client: CoordinationClient,
    path: string,
    options?: EventGatewayOptions & { port?: number },
  ) => Promise<ServedGateway>;
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
