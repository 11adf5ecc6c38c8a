import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { beforeAll, expect, it } from 'vitest';
import { type BrowserBundle, bundleForBrowsers } from '../../../testing/browser-bundle.js';
import { eventually } from '../../../testing/eventually.js';

let bundle: BrowserBundle;

beforeAll(async () => {
  bundle = await bundleForBrowsers(fileURLToPath(new URL('../../../recipes/remote/index.ts', import.meta.url)));
});

it('the entry for browsers has no module of Node in it, nor the WebSockets of Node', () => {
  expect(bundle.nodeModules).toEqual([]);
  expect(bundle.packages).toEqual(['eventemitter3']);
});

it('the entry for browsers runs where there is neither process, nor Buffer, nor setImmediate', async () => {
  const sockets: { url: string; sent: string[]; onopen?: () => void; onmessage?: (event: { data: string }) => void }[] =
    [];
  class WebSocket {
    readonly url: string;
    readonly sent: string[] = [];

    constructor(url: string) {
      this.url = url;
      sockets.push(this);
    }

    send(text: string): void {
      this.sent.push(text);
    }

    close(): void {}
  }
  const { URL, AbortController, AbortSignal, performance, setTimeout, clearTimeout, atob, fetch, console } = globalThis;
  const globals = { URL, AbortController, AbortSignal, performance, setTimeout, clearTimeout, atob, fetch, console };
  const context = createContext({ ...globals, WebSocket, exported: {}, told: [] });
  const exports = /export \{([^}]*)\};?\s*$/.exec(bundle.code)?.[1] ?? '';
  const named = exports.replace(/(\w+) as (\w+)/g, '$2: $1');
  runInContext(`${bundle.code.replace(/export \{[^}]*\};?\s*$/, '')}\nexported = {${named}};`, context);
  const told = runInContext(
    `told = [];
    subscription = exported.subscribe('http://host/events', null, ({ path, node }) => {
      told.push([path, node.data.constructor.name, [...node.data].join()].join(' '));
    }, { headers: { authorization: 'token' } });
    told`,
    context,
  ) as string[];
  await eventually(() => sockets.length === 1);
  const [socket] = sockets;
  socket?.onopen?.();
  expect(socket?.url).toBe('ws://host/events');
  expect(JSON.parse(socket?.sent[0] ?? '')).toMatchObject({
    op: 'subscribe',
    id: 1,
    list: true,
    authorization: 'token',
  });
  const say = (batch: object): void =>
    socket?.onmessage?.({ data: JSON.stringify({ id: 1, path: '/', seen: '9', cursor: 'c', changes: [], ...batch }) });
  say({ position: '9', reset: true });
  const numbers = { ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0, dataLength: 2, numChildren: 0 };
  const stat = { czxid: '10', mzxid: '10', pzxid: '10', ephemeralOwner: '0', ...numbers };
  say({ position: '10', seen: '10', changes: [{ type: 'created', path: '/a', zxid: '10', stat, data: 'aGk=' }] });
  await eventually(() => told.length === 1);
  expect(told).toEqual(['/a Uint8Array 104,105']);
  await (runInContext('subscription.close()', context) as Promise<void>);
});
