import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The longest look at all pages, in ms. */
const TIME_LIMIT = 120_000;
/** Pages of single declarations are many, and of the same make as those of classes. */
const LEFT_OUT = /^(interfaces|types)\//;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The pages of a folder, and one more that looks at them. */
export interface ServedPages extends AsyncDisposable {
  /** Of the page that looks at the others. */
  readonly url: string;
  /** The report that this page has sent. Rejects when it takes too long. */
  readonly report: Promise<unknown>;
}

/** @param look a program for browsers, which posts JSON to `/report`; the constant `pages` has the others' paths */
export async function servePages(folder: string, look: string): Promise<ServedPages> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.html') && !LEFT_OUT.test(name))
    .sort();
  const page = `<!doctype html><title>look</title><script type="module">const pages = ${JSON.stringify(names)};${look}</script>`;
  let settle: (report: unknown) => void = () => {};
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    if (pathname === '/report') settle(JSON.parse(await bodyOf(request)));
    if (pathname === '/report' || pathname === '/look') {
      response.setHeader('content-type', 'text/html').end(page);
      return;
    }
    const content = await readFile(join(folder, decodeURIComponent(pathname))).catch(() => null);
    response.statusCode = content === null ? 404 : 200;
    response.setHeader('content-type', TYPES[extname(pathname)] ?? 'application/octet-stream').end(content);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let timer: NodeJS.Timeout | undefined;
  const report = new Promise<unknown>((resolve, reject) => {
    settle = resolve;
    timer = setTimeout(() => reject(new Error(`the pages were not looked at within ${TIME_LIMIT} ms`)), TIME_LIMIT);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/look`,
    report: report.finally(() => clearTimeout(timer)),
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}

const bodyOf = (request: IncomingMessage): Promise<string> => text(request);
