import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebDemo } from '../../examples/web/serve.js';
import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { createBlobHandler, createEventGateway, type EventGateway, toNodeListener } from '../../lib/http/index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { eventually } from '../../testing/eventually.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { BROWSER_APP, BROWSER_PAGE } from './browser-app.js';
import { Chromium, type Context, type Page } from './chromium.js';

let chromium: Chromium;
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
/** Of blobs: the method, the path, and the status once it is answered. */
let requests: string[];

beforeAll(async () => {
  chromium = await Chromium.start(BROWSER_APP);
}, 900_000);

afterAll(() => chromium?.[Symbol.asyncDispose]());

function serve(port: number): Promise<void> {
  const authorize = (request: Request): boolean => {
    tokens.push(request.headers.get('authorization') ?? request.headers.get('x-token'));
    return true;
  };
  gateway = createEventGateway(client, '/', { authorize });
  const events = toNodeListener(gateway.handler);
  const storage = new BlobStorage(client, { maxBlobSize: 1_000_000 });
  const blobs = toNodeListener(createBlobHandler({ storage, writable: true }));
  server = createServer((request, response) => {
    const { method, url = '' } = request;
    if (url.startsWith('/events')) return events(request, response);
    if (/^\/(blobs\/|watch\b)/.test(url)) {
      response.once('finish', () => requests.push(`${method} ${url.split('?')[0]} ${response.statusCode}`));
      return blobs(request, response);
    }
    const isScript = request.url === '/bundle.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? chromium.script : BROWSER_PAGE);
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
  requests = [];
  zookeeper = await EmbeddedZooKeeper.start({ logger: new RecordingLogger() });
  client = await new ZooKeeperClient(zookeeper.connectString, { logger: new RecordingLogger() }).connect();
  await serve(0);
  context = await chromium.newContext();
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

describe('blobs in chromium', () => {
  const run = <T>(code: string): Promise<T> => page.evaluate<T>(code);
  const stored = (): BlobStorage => new BlobStorage(client);
  const untilHeard = (expected: readonly (string | null)[]): Promise<void> =>
    eventually(async () => JSON.stringify(await run('heard.calls')) === JSON.stringify(expected), {
      describe: expected.join(),
    });

  beforeEach(() => run("openBlobs('/')"));

  it('are written from a file, a text and a stream, on conditions, up to the size that the server takes', async () => {
    const file = "new File(['grün'], 'a.txt', { type: 'text/plain' })";
    const { etag } = await run<{ etag: string }>(`blobs.put('up/a.txt', ${file}, { meta: { from: 'a päge' } })`);
    const info = await stored().info('up/a.txt');
    expect(info).toMatchObject({ etag, size: 5, mediaType: 'text/plain', meta: { from: 'a päge' } });
    await run("blobs.put('up/b', new Blob(['streamed']).stream())");
    expect(await stored().file('up/b').readText()).toBe('streamed');
    expect(await run("codeOf(blobs.put('up/a.txt', 'x', { ifNoneMatch: '*' }))")).toBe('BLOB_CHANGED');
    expect(await run(`codeOf(blobs.put('up/a.txt', 'second', { ifMatch: '${etag}' }))`)).toBe('done');
    expect(await run(`codeOf(blobs.put('up/a.txt', 'third', { ifMatch: '${etag}' }))`)).toBe('BLOB_CHANGED');
    expect(await run("codeOf(blobs.put('up/c', new Uint8Array(1_000_001)))")).toBe('BLOB_TOO_LARGE');
    expect(await stored().info('up/c')).toBe(null);
    await run("blobs.file('up/a.txt').update((old) => new TextDecoder().decode(old) + '!')");
    expect(await stored().file('up/a.txt').readText()).toBe('second!');
    expect(await run("blobs.delete('up/a.txt')")).toBe(true);
    expect(await stored().info('up/a.txt')).toBe(null);
  });

  it('are read as bytes, in parts, and from the cache of the browser only as long as they are the newest', async () => {
    const large = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251));
    const { etag } = await stored().put('large', large);
    const digest = "crypto.subtle.digest('SHA-256', await (await blobs.get('large')).read())";
    const hash = await run(`(async () => [...new Uint8Array(await ${digest})].join())()`);
    expect(hash).toBe([...Buffer.from((await stored().info('large'))?.sha256 ?? '', 'hex')].join());
    const part = `new Response(blobs.file('large').open({ start: 524_280, end: 524_296 })).arrayBuffer()`;
    expect(await run(`${part}.then((bytes) => [...new Uint8Array(bytes)])`)).toEqual([
      ...large.subarray(524_280, 524_296),
    ]);
    const ask = (headers: string): Promise<unknown[]> =>
      run(`fetch('/blobs/large', { cache: 'no-store', headers: ${headers} }).then(async (answer) =>
        [answer.status, answer.headers.get('content-range'), (await answer.arrayBuffer()).byteLength])`);
    expect(await ask("{ range: 'bytes=-3' }")).toEqual([206, 'bytes 699997-699999/700000', 3]);
    expect(await ask("{ range: 'bytes=700000-' }")).toEqual([416, 'bytes */700000', 0]);
    expect(await ask(`{ range: 'bytes=0-1', 'if-range': '"other"' }`)).toEqual([200, null, 700_000]);
    expect(await ask(`{ 'if-none-match': '"${etag}"' }`)).toEqual([304, null, 0]);
    expect(await ask(`{ 'if-match': '"other"' }`)).toEqual([412, null, expect.any(Number)]);

    requests = [];
    await stored().put('small', 'one');
    const read = "fetch('/blobs/small').then((answer) => answer.text())";
    expect([await run(read), await run(read)]).toEqual(['one', 'one']);
    await stored().put('small', 'two');
    expect(await run(read)).toBe('two');
    expect(requests).toEqual(['GET /blobs/small 200', 'GET /blobs/small 304', 'GET /blobs/small 200']);
  });

  it('are followed by one long poll for all watches', async () => {
    await run("follow('config')");
    await run(
      "blobs.watchAll('', (changes) => { window.all = changes.map(({ type, id }) => type + ' ' + id); }).ready",
    );
    // The second watch has another poll take the place of the first one.
    await eventually(() => requests.length >= 2);
    for (const text of ['one', 'two']) {
      const answered = requests.length;
      await stored().put('config', text);
      await eventually(() => requests.length > answered);
      await eventually(async () => (await run<string[]>('heard.calls')).at(-1) === text);
    }
    await stored().delete('config');
    await untilHeard([null, 'one', 'two', null]);
    expect(await run('all')).toEqual(['deleted config']);
    expect(requests.filter((each) => !/^GET \/(watch|blobs\/config) 200$/.test(each))).toEqual([]);
  });

  it('are followed over a time without a network, and over a restart of the server', async () => {
    await stored().put('config', 'one');
    await run("follow('config')");
    await context.setOffline(true);
    await eventually(async () => (await run('watch.status')) === 'stale');
    await stored().put('config', 'two');
    await stored().put('config', 'three');
    expect(await run('heard.calls')).toEqual(['one']);
    await context.setOffline(false);
    await untilHeard(['one', 'three']);
    await eventually(async () => (await run<string[]>('heard.events')).includes('resynced '));
    const port = await stopServing();
    await stored().delete('config');
    await serve(port);
    await untilHeard(['one', 'three', null]);
    await eventually(async () => (await run('watch.status')) === 'fresh');
  });

  it('are kept from pages of another origin', async () => {
    const { port } = server.address() as AddressInfo;
    await stored().put('config', 'one');
    const elsewhere = await context.newPage();
    await elsewhere.goto(`http://localhost:${port}/`);
    await elsewhere.evaluate(`openBlobs('http://127.0.0.1:${port}/')`);
    expect(await elsewhere.evaluate("codeOf(blobs.get('config'))")).toBe('CONNECTION_LOSS');
    expect(await elsewhere.evaluate("codeOf(blobs.put('config', 'two'))")).toBe('CONNECTION_LOSS');
    expect(await stored().file('config').readText()).toBe('one');
  });
});

describe('the page of examples/web', () => {
  const shows = (selector: string, text: string): Promise<void> =>
    eventually(async () => (await page.textContent(selector))?.includes(text) === true, { describe: text });

  it('shows znodes and blobs as they change, and continues without a reload at a server that was restarted', async () => {
    const data = join(chromium.folder, 'data');
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
    await page.click('#blobs button');
    await eventually(async () => !(await page.textContent('#blobs'))?.includes('files/a.txt'));
    await page.click('#blobs button');
    await shows('#blobs', 'None yet');
    await second[Symbol.asyncDispose]();
  });
});
