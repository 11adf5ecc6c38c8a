import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebDemo } from '../../examples/web/serve.js';
import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { createEventGateway, type EventGateway, toNodeListener } from '../../lib/http/index.js';
import { eventually } from '../../testing/eventually.js';
import { findChromium } from '../../testing/find-chromium.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { Consumer } from './consumer.js';

/** The part of playwright-core that is used here. */
interface Playwright {
  chromium: { launch(options: object): Promise<Browser> };
}
interface Browser {
  newContext(): Promise<Context>;
  close(): Promise<void>;
}
interface Context {
  newPage(): Promise<Page>;
  setOffline(isOffline: boolean): Promise<void>;
  close(): Promise<void>;
}
interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(code: string): Promise<T>;
  textContent(selector: string): Promise<string | null>;
  setInputFiles(selector: string, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void>;
  click(selector: string): Promise<void>;
  on(event: 'pageerror' | 'console', listener: (value: unknown) => void): void;
}

/** The application: what the subscription says is in `window.said`. */
const APP = `
import { subscribe } from 'zk-recipes/remote';
window.start = async (url, filters, options) => {
  window.said = { calls: [], events: [], position: () => String(window.subscription.position) };
  window.subscription = subscribe(new URL(url, location.href), filters, ({ type, path, node }) => {
    said.calls.push(type + ' ' + path + ' ' + (node === null ? '' : new TextDecoder().decode(node.data)));
  }, { retry: { minDelay: 10, maxDelay: 100 }, ...options });
  for (const event of ['error', 'resynced', 'stop']) {
    subscription.on(event, (value) => said.events.push(event + ' ' + (value?.code ?? value ?? '')));
  }
  await subscription.ready;
  return subscription.transport;
};
`;

let consumer: Consumer;
let script: string;
let browser: Browser;
let zookeeper: EmbeddedZooKeeper;
let client: ZooKeeperClient;
let gateway: EventGateway;
let server: Server;
let hasSockets: boolean;
let context: Context;
let page: Page;
let troubles: unknown[];
/** Of every subscription. */
let tokens: (string | null)[];

beforeAll(async () => {
  const executablePath = await findChromium();
  consumer = await Consumer.install('esbuild@0.28', 'playwright-core@1');
  await consumer.write('app.js', APP);
  const built = await consumer.run(
    'npx',
    ...['esbuild', 'app.js', '--bundle', '--format=esm', '--platform=browser', '--outfile=bundle.js'],
  );
  expect(built).toMatchObject({ code: 0 });
  script = await readFile(join(consumer.folder, 'bundle.js'), 'utf8');
  const { chromium } = createRequire(join(consumer.folder, 'package.json'))('playwright-core') as Playwright;
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
}, 900_000);

afterAll(async () => {
  await browser?.close();
  await consumer?.remove();
});

function serve(port: number): Promise<void> {
  const authorize = (request: Request): boolean => {
    tokens.push(request.headers.get('authorization') ?? request.headers.get('x-token'));
    return true;
  };
  gateway = createEventGateway(client, '/', { authorize });
  const events = toNodeListener(gateway.handler);
  server = createServer((request, response) => {
    if (request.url?.startsWith('/events')) return events(request, response);
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(
      isScript ? script : '<!doctype html><title>a page</title><script type="module" src="bundle.js"></script>',
    );
  });
  server.on('upgrade', (request, socket, head) => {
    if (hasSockets) gateway.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
}

async function stopServing(): Promise<number> {
  const { port } = server.address() as AddressInfo;
  await gateway.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

beforeEach(async () => {
  hasSockets = true;
  tokens = [];
  zookeeper = await EmbeddedZooKeeper.start({ logger: new RecordingLogger() });
  client = await new ZooKeeperClient(zookeeper.connectString, { logger: new RecordingLogger() }).connect();
  await serve(0);
  context = await browser.newContext();
  page = await context.newPage();
  troubles = [];
  page.on('pageerror', (error) => troubles.push(error));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});

afterEach(async () => {
  await context.close();
  await stopServing();
  await client.close();
  await zookeeper.close();
  expect(troubles).toEqual([]);
});

const start = (filters = 'null', options = '{}'): Promise<string> =>
  page.evaluate(`start('events', ${filters}, ${options})`);
const calls = (): Promise<string[]> => page.evaluate('said.calls');
const untilCalled = (expected: readonly string[]): Promise<void> =>
  eventually(async () => JSON.stringify(await calls()) === JSON.stringify(expected), { describe: expected.join() });
const untilSaid = (event: string): Promise<void> =>
  eventually(async () => (await page.evaluate<string[]>('said.events')).includes(event), { describe: event });

describe('a subscription in chromium', () => {
  it('hears of changes over a WebSocket, with their data', async () => {
    expect(await start("{ path: '/a/**' }")).toBe('websocket');
    await client.create('/a/b', 'grün', { makePath: true });
    await client.create('/elsewhere');
    await client.setData('/a/b', 'blau');
    await eventually(async () => (await calls()).at(-1)?.endsWith('blau') === true);
    await client.delete('/a/b');
    await eventually(async () => (await calls()).at(-1) === 'deleted /a/b ');
    expect((await calls())[0]).toMatch(/^created \/a /);
  });

  it('hears after its network is back of what has changed meanwhile, deletions included', async () => {
    await client.create('/gone');
    await client.create('/kept', 'old');
    await start();
    await context.setOffline(true);
    await untilSaid('error CONNECTION_LOSS');
    await client.delete('/gone');
    await client.setData('/kept', 'new');
    expect(await calls()).toEqual([]);
    await context.setOffline(false);
    await untilSaid('resynced ');
    expect((await calls()).sort()).toEqual(['deleted /gone ', 'modified /kept new']);
    expect(await page.evaluate('subscription.transport')).toBe('websocket');
  });

  it('continues at a gateway that was restarted', async () => {
    await client.create('/gone');
    await start();
    const port = await stopServing();
    await client.delete('/gone');
    await client.create('/new', 'x');
    await serve(port);
    await untilSaid('resynced ');
    expect((await calls()).sort()).toEqual(['created /new x', 'deleted /gone ']);
  });

  it('polls where no WebSocket can be had', async () => {
    hasSockets = false;
    expect(await start()).toBe('poll');
    await client.create('/a', 'x');
    await untilCalled(['created /a x']);
  });

  it('is refused at a gateway of another origin', async () => {
    const { port } = server.address() as AddressInfo;
    const elsewhere = await context.newPage();
    await elsewhere.goto(`http://localhost:${port}/`);
    const url = `http://127.0.0.1:${port}/events`;
    const started = `start('${url}', null, { pollFallback: 0 }).catch(({ code }) => code)`;
    expect(await elsewhere.evaluate(started)).toBe('CONNECTION_LOSS');
    expect(await start()).toBe('websocket');
  });

  it('sends a token in a message, as its sockets have no headers, and polls with any other header', async () => {
    expect(await start('null', "{ headers: { authorization: 'Bearer token' } }")).toBe('websocket');
    expect(tokens).toEqual(['Bearer token']);
    expect(await start('null', "{ headers: { 'x-token': 'other' } }")).toBe('poll');
    expect(tokens).toContain('other');
  });
});

describe('the page of examples/web', () => {
  const shows = (selector: string, text: string): Promise<void> =>
    eventually(async () => (await page.textContent(selector))?.includes(text) === true, { describe: text });

  it('shows znodes and blobs as they change, and continues without a reload at a server that was restarted', async () => {
    const data = join(consumer.folder, 'data');
    const first = await WebDemo.start(0, data);
    const { address } = first;
    await first.client.create('/demo/worker', 'busy', { mode: 'ephemeral' });
    await page.goto(address);
    await shows('#state', 'live');
    await shows('#tree', 'workerephemeralbusy');
    await page.setInputFiles('#file', { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await shows('#blobs', 'files/a.txt5 bytes');
    const { port } = new URL(address);
    await page.evaluate('window.isTheSame = true');
    await first[Symbol.asyncDispose]();
    await shows('#state', 'offline');
    const second = await WebDemo.start(Number(port), data);
    await second.client.create('/demo/other', 'idle');
    await shows('#tree', 'otheridle');
    await shows('#state', 'live');
    await eventually(async () => !(await page.textContent('#tree'))?.includes('worker'));
    expect(await page.evaluate('window.isTheSame')).toBe(true);
    await page.setInputFiles('#file', { name: 'b.txt', mimeType: 'text/plain', buffer: Buffer.from('hello!') });
    await shows('#blobs', 'files/b.txt6 bytes');
    for (const text of ['files/b.txt', 'None yet']) {
      await page.click('#blobs button');
      await shows('#blobs', text);
    }
    await second[Symbol.asyncDispose]();
  });
});
