/**
 * A configuration that is reloaded while the service runs. The watch lives in a worker thread, which parses and checks
 * each version: however busy the service is, the session stays alive. An invalid version is reported, and the last
 * valid one stays in use; without a znode the defaults apply. `npx tsx examples/configuration-reload.ts`
 */
import { once } from 'node:events';
import { isMainThread, type MessagePort, parentPort, type Worker, workerData } from 'node:worker_threads';
import { DataWatch, ZooKeeperClient } from '../index.js';
import { eventually } from '../testing/eventually.js';
import { chapter, inSandbox, say, startThread } from './sandbox.js';

interface Config {
  readonly logLevel: string;
  readonly poolSize: number;
}

const DEFAULTS: Config = { logLevel: 'info', poolSize: 4 };

/** Where a configuration is. */
interface Place {
  readonly connectString: string;
  readonly path: string;
}

/** A version of the configuration, or its error. */
type News = { readonly version: number | undefined } & ({ readonly config: Config } | { readonly error: Error });

// ---------- The worker thread ----------

function parse(data: Buffer | null): Config {
  const { logLevel, poolSize }: Config = { ...DEFAULTS, ...(data && JSON.parse(String(data))) };
  if (typeof logLevel !== 'string') throw new TypeError('logLevel must be a string');
  if (!Number.isInteger(poolSize) || poolSize < 1) throw new TypeError('poolSize must be a whole number from 1');
  return { logLevel, poolSize };
}

/** Posts the configuration now and at each change, until the service sends any message. */
async function followConfig({ connectString, path }: Place, service: MessagePort): Promise<void> {
  const client = await new ZooKeeperClient(connectString).connect();
  service.once('message', () => client.close());
  // Changes during a turn are coalesced: the next turn has the newest state. The loop ends with the client.
  for await (const { data, stat } of new DataWatch(client, path)) {
    const version = stat?.version;
    try {
      service.postMessage({ version, config: parse(data) } satisfies News);
    } catch (error) {
      service.postMessage({ version, error: error as Error } satisfies News);
    }
  }
}

if (parentPort) await followConfig(workerData, parentPort);

// ---------- The service ----------

/** Starts the thread. An error that ends it, as when no server is found, is an error of the returned worker. */
function startReloader(place: Place, onNews: (news: News) => void): Worker {
  // In your project: new Worker(new URL(import.meta.url), { workerData: place })
  return startThread(import.meta.url, place).on('message', onNews);
}

async function runService({ connectString }: { readonly connectString: string }): Promise<void> {
  chapter('The service starts, without a configuration');
  let current: Config | undefined;
  let failures = 0;
  const reloader = startReloader({ connectString, path: '/shop/config' }, (news) => {
    if ('config' in news) {
      current = news.config;
      say('config', `log level ${current.logLevel}, ${current.poolSize} connections`);
    } else {
      failures += 1;
      say('config', `version ${news.version} is invalid, the last valid one stays: ${news.error}`);
    }
  });
  await eventually(() => current !== undefined);

  // ---------- The outside world: an operator with a client of their own ----------

  await using operator = await new ZooKeeperClient(connectString).connect();
  chapter('The operator creates a configuration');
  await operator.create('/shop/config', '{ "logLevel": "debug" }', { makePath: true });
  await eventually(() => current?.logLevel === 'debug');

  chapter('The operator makes a mistake, and corrects it');
  await operator.setData('/shop/config', '{ "poolSize": "eight" }');
  await eventually(() => failures === 1);
  await operator.setData('/shop/config', '{ "poolSize": 8 }');
  await eventually(() => current?.poolSize === 8);

  chapter('The operator deletes the configuration');
  await operator.delete('/shop/config');
  await eventually(() => current?.poolSize === DEFAULTS.poolSize);

  reloader.postMessage('stop');
  await once(reloader, 'exit');
  say('config', 'the thread has closed its client, and has ended');
}

if (isMainThread) await inSandbox(runService);
