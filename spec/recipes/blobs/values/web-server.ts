import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An answer of a {@link WebServer}. */
interface Answer {
  readonly status?: number;
  readonly body?: Buffer;
  /** Sent without a length, one by one. */
  readonly chunks?: { readonly of: Buffer; readonly times: number };
  /** The connection is cut after so many bytes of the body. */
  readonly breakAfter?: number;
  readonly refusesHead?: boolean;
}

/** A server of fixed answers on a free port. */
export interface WebServer {
  readonly url: string;
  /** As `GET /path`. */
  readonly requests: string[];
  onChunk: (() => void) | undefined;
  serve(path: string, answer: Answer): void;
  close(): Promise<void>;
}

export async function startWebServer(): Promise<WebServer> {
  const answers = new Map<string, Answer>();
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${pathname}`);
    const {
      status = 200,
      body = Buffer.alloc(0),
      chunks,
      breakAfter,
      refusesHead,
    } = answers.get(pathname) ?? { status: 404 };
    if (refusesHead && request.method === 'HEAD') return void response.writeHead(405).end();
    response.writeHead(status, chunks ? {} : { 'content-length': body.length });
    if (request.method === 'HEAD') return void response.end();
    if (breakAfter !== undefined) return void response.write(body.subarray(0, breakAfter), () => response.destroy());
    for (let sent = 0; sent < (chunks?.times ?? 0); sent += 1) {
      web.onChunk?.();
      if (!response.write(chunks?.of)) await once(response, 'drain');
    }
    response.end(body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const web: WebServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    onChunk: undefined,
    serve: (path, answer) => void answers.set(path, answer),
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  return web;
}
