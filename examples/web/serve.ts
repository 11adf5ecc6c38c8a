/**
 * A page that shows a tree of znodes and some blobs as they change, served beside an event gateway and a blob handler
 * on a ZooKeeper inside this process. `npm run demo:web`, then open the address that it prints.
 *
 * The page is index.html: it has no framework, and a build of its own only for `zk-recipes/remote`.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ZooKeeperClient, ZooKeeperError } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { createBlobHandler, createEventGateway, type FetchHandler, toNodeListener } from '../../lib/http/index.js';
import { BlobStorage } from '../../recipes/blobs/index.js';
import { bundleForBrowsers } from '../../testing/browser-bundle.js';

/** Everything behind one address: the page, `/events`, and `/api/blobs/…`. */
export class WebDemo implements AsyncDisposable {
  readonly client: ZooKeeperClient;
  readonly #zookeeper: EmbeddedZooKeeper;
  readonly #server: Server;
  readonly #closeGateway: () => Promise<void>;

  private constructor(zookeeper: EmbeddedZooKeeper, client: ZooKeeperClient, page: FetchHandler) {
    const gateway = createEventGateway(client, '/demo');
    const blobs = createBlobHandler({ storage: new BlobStorage(client), writable: true, base: '/api/' });
    const routes: FetchHandler = (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/events') return gateway.handler(request);
      return pathname.startsWith('/api/') ? blobs(request) : page(request);
    };
    this.client = client;
    this.#zookeeper = zookeeper;
    this.#closeGateway = () => gateway.close();
    this.#server = createServer(toNodeListener(routes)).on('upgrade', gateway.upgrade);
  }

  /**
   * @param port 0: one that is free
   * @param dataDir where ZooKeeper keeps its data until the next start
   */
  static async start(port: number, dataDir: string): Promise<WebDemo> {
    const zookeeper = await EmbeddedZooKeeper.start({ dataDir });
    const client = await new ZooKeeperClient(zookeeper.connectString).connect();
    await client.ensurePath('/demo');
    const demo = new WebDemo(zookeeper, client, await makePage());
    try {
      await once(demo.#server.listen(port, '127.0.0.1'), 'listening');
      return demo;
    } catch (error) {
      await demo[Symbol.asyncDispose]();
      throw error;
    }
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeGateway();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.client.close();
    await this.#zookeeper.close();
  }
}

/** An application would have this done by its bundler. */
async function makePage(): Promise<FetchHandler> {
  const html = await readFile(new URL('index.html', import.meta.url), 'utf8');
  const remote = fileURLToPath(new URL('../../recipes/remote/index.ts', import.meta.url));
  const { code } = await bundleForBrowsers(remote);
  const files = new Map<string, [type: string, content: string]>([
    ['/', ['text/html; charset=utf-8', html]],
    ['/zk-recipes-remote.js', ['text/javascript; charset=utf-8', code]],
  ]);
  return async (request) => {
    const [type, content] = files.get(new URL(request.url).pathname) ?? [];
    if (type === undefined) return new Response('not found\n', { status: 404 });
    return new Response(content ?? '', { headers: { 'content-type': type } });
  };
}

// ---------- The outside world: a service whose workers come and go ----------

const NAMES = ['ann', 'bob', 'cid', 'dan', 'eve'];

async function tellStory(client: ZooKeeperClient): Promise<void> {
  if (await client.exists('/demo/workers')) return;
  await client.create('/demo/config/log-level', 'info', { makePath: true });
  await client.create('/demo/config/connections', '4');
  await client.create('/demo/workers', '');
  await new BlobStorage(client).put('config/limits.json', '{ "requests": 100 }\n', { mediaType: 'application/json' });
  await new BlobStorage(client).put('notes/welcome.txt', 'Drop a file on this page.\n', { mediaType: 'text/plain' });
}

async function goOn(client: ZooKeeperClient, round: number): Promise<void> {
  const worker = `/demo/workers/${NAMES[(round * 3) % NAMES.length]}`;
  if (await client.exists(worker)) await client.delete(worker);
  else await client.create(worker, `job ${round}`, { mode: 'ephemeral' });
  if (round % 2 === 0) await client.setData('/demo/config/connections', String(4 + (round % 8)));
  if (round % 5 === 0) await client.setData('/demo/config/log-level', round % 10 === 0 ? 'info' : 'debug');
}

async function main(): Promise<void> {
  const data = join(tmpdir(), `zk-recipes-web-demo-${process.getuid?.() ?? 0}`);
  const options = { port: { type: 'string', default: '8080' }, data: { type: 'string', default: data } } as const;
  const { values } = parseArgs({ options });
  const demo = await WebDemo.start(Number(values.port), values.data);
  await tellStory(demo.client);
  console.log(
    `Open ${demo.address}\nEnd with Ctrl-C, and start again: the page continues by itself. The data is in ${values.data}`,
  );
  let round = 0;
  const timer = setInterval(() => {
    round += 1;
    goOn(demo.client, round).catch((error: unknown) => {
      if (!(error instanceof ZooKeeperError)) throw error;
      console.error(error.message);
    });
  }, 1_500);
  const end = (): void => {
    clearInterval(timer);
    void demo[Symbol.asyncDispose]();
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, end);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
