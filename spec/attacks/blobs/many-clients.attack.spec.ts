import { expect, it, vi } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { createBlobHandler } from '../../../lib/http/index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { scaled } from '../../../testing/time-factor.js';
import { ZooKeeperEnsemble } from '../../../testing/zookeeper-ensemble.js';
import { type ServedHandler, serveHandler } from '../../support/blob-servers.js';
import { contentOf, SIZES } from './attacked-content.js';
import { BarePoller, type PollingClient, RemoteFollower } from './polling-clients.js';
import { WrittenBlobs } from './written-blobs.js';

const SEED = Number(process.env.SEED ?? 20_260_303);
const CHANGES = Number(process.env.CHANGES ?? 300);
const BLOBS = Math.min(100, Math.ceil(CHANGES / 10));
const CLIENTS = Math.min(50, Math.ceil(CHANGES / 30));
const WRITERS = 8;
/** Of one of the two handlers. */
const RESTARTS = CHANGES < 1_000 ? 1 : 10;
/** Whether the ZooKeeper server of that handler restarts too, once. */
const RESTARTS_ZOOKEEPER = CHANGES >= 1_000;

const IDS = Array.from({ length: BLOBS }, (_, index) => `${index % 2 === 0 ? 'even' : 'odd'}/blob-${index}`);

/** A handler of the blobs on a client of one server, at a port that it keeps. */
class Gateway {
  readonly #connectString: string;
  readonly #logger: RecordingLogger;
  #client: ZooKeeperClient | undefined;
  #served: ServedHandler | undefined;

  constructor(connectString: string, logger: RecordingLogger) {
    this.#connectString = connectString;
    this.#logger = logger;
  }

  get url(): string {
    return this.#served?.url ?? '';
  }

  async start(): Promise<void> {
    const logger = this.#logger;
    this.#client = await new ZooKeeperClient(this.#connectString, { logger }).connect();
    const storage = new BlobStorage(this.#client);
    this.#served = await serveHandler(createBlobHandler({ storage, logger }), this.#served?.port);
  }

  /** All of its requests are cut. */
  async stop(): Promise<void> {
    await this.#served?.close();
    await this.#client?.close();
  }
}

it(`${CLIENTS} clients follow ${CHANGES} changes of ${BLOBS} blobs through two handlers (seed ${SEED})`, {
  timeout: scaled(60_000 + CHANGES * 60),
}, async () => {
  const random = new SeededRandom(SEED);
  const logger = new RecordingLogger();
  // A RemoteBlobStorage warns at each server that it loses.
  using warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
  await using ensemble = await ZooKeeperEnsemble.start(3, { tickTime: 500 });
  const [kept, restarted, writing] = ensemble.servers;
  const gateways = [kept, restarted].map((server) => new Gateway(`${server?.connectString}`, logger));
  await Promise.all(gateways.map((gateway) => gateway.start()));
  const client = await new ZooKeeperClient(`${writing?.connectString}`, { logger }).connect();
  const written = new WrittenBlobs(IDS);

  const urls = gateways.map(({ url }) => url);
  const clients: PollingClient[] = Array.from({ length: CLIENTS }, (_, index) => {
    const isOfAll = index % 4 < 2;
    const ids = isOfAll ? IDS : IDS.filter(() => random.chance(0.3));
    const following = { urls, random: SeededRandom.of(SEED, `client ${index}`), ids, isOfAll };
    return index % 2 === 0 ? new BarePoller(following) : new RemoteFollower(following, index % 5 === 0);
  });
  const runs = clients.map((each) => each.run());

  let changes = 0;
  let isRestarting: Promise<void> = Promise.resolve();
  let due = 0;
  let restarts = 0;
  const restart = async (): Promise<void> => {
    restarts += 1;
    await gateways[1]?.stop();
    if (RESTARTS_ZOOKEEPER && restarts === RESTARTS / 2) {
      await restarted?.kill();
      await restarted?.restart();
    }
    await gateways[1]?.start();
  };
  const write = async (writer: number): Promise<void> => {
    const chance = SeededRandom.of(SEED, `writer ${writer}`);
    const own = IDS.filter((_, index) => index % WRITERS === writer);
    const storages = [new BlobStorage(client, { grace: 2_000 }), new BlobStorage(client, { ...SIZES, grace: 2_000 })];
    while (changes < CHANGES && own.length > 0) {
      changes += 1;
      if (due < RESTARTS && changes * (RESTARTS + 1) > (due + 1) * CHANGES) {
        due += 1;
        isRestarting = isRestarting.then(restart);
      }
      const id = chance.pick(own);
      const storage = storages[chance.chance(0.1) ? 1 : 0] as BlobStorage;
      if (written.newest(id) !== null && chance.chance(0.15)) {
        await storage.delete(id);
        written.add(id, null);
      } else written.add(id, (await storage.put(id, contentOf(`writer-${writer}`, changes))).etag);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  await isRestarting;

  for (const each of clients) each.settle();
  const isAtEnd = ({ ids, lives }: PollingClient): boolean =>
    written.areNewest(ids, lives.at(-1)?.known ?? new Map<string, string>());
  await eventually(() => clients.every(isAtEnd), { within: 20_000, describe: 'each client at the newest states' });
  await Promise.all(clients.map((each) => each.stop()));
  await Promise.all(runs);

  expect(clients.flatMap(({ flaws }) => flaws)).toEqual([]);
  const lives = clients.flatMap((each) => each.lives);
  expect(lives.map(({ states }) => written.flawOf(states)).filter((flaw) => flaw !== null)).toEqual([]);
  expect(logger.messages('error')).toEqual([]);
  // The run must have done some work.
  expect(warned).toHaveBeenCalled();
  expect(restarts).toBe(RESTARTS);
  expect(lives.length).toBeGreaterThan(CLIENTS);
  const heard = clients.reduce((sum, each) => sum + each.heard, 0);
  expect(heard).toBeGreaterThan(2 * CLIENTS);
  const all = lives.reduce((sum, { states }) => sum + states.length, 0);
  console.log(`${changes} changes, ${restarts} restarts: ${lives.length} lives heard ${heard} times of ${all} states`);
  await Promise.all([...gateways.map((gateway) => gateway.stop()), client.close()]);
});
