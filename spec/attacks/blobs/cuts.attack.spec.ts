import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { OpCode } from '../../../lib/protocol/op-code.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { LostMessage } from '../../../testing/lost-message.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { expireSession } from '../../../testing/session-killer.js';
import { scaled } from '../../../testing/time-factor.js';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import { all, storedParts } from '../../support/blobs.js';
import { contentOf, IDS, Seen, SIZES } from './attacked-content.js';

const SEED = Number(process.env.SEED ?? 20_260_302);
const FAULTS = Number(process.env.CUTS ?? 40);
const GRACE = 150;

const KINDS = [
  ...['cut', 'reset', 'half request', 'half answer', 'down', 'expiry', 'expiry while down'],
  ...['commit unsent', 'commit unanswered', 'commit unanswered, and expiry', 'any unsent', 'any unanswered'],
] as const;
const isCommit = (request: Buffer): boolean => request.readInt32BE(4) === OpCode.multi;

const SERVERS = {
  embedded: async () => {
    const server = await EmbeddedZooKeeper.start({ tickTime: 100, logger: new RecordingLogger() });
    return { port: server.port, stop: () => server.close() };
  },
  real: async () => {
    const server = await ZooKeeperServer.start({ tickTime: 100 });
    return { port: server.port, stop: () => server.stop() };
  },
};

describe.for(['embedded', 'real'] as const)('on the %s server', (kind) => {
  it(`cuts and expiries cost no write, and make none twice (seed ${SEED})`, { timeout: scaled(120_000) }, async () => {
    const random = SeededRandom.of(SEED, kind);
    const { port, stop } = await SERVERS[kind]();
    const proxies = await Promise.all([1, 2, 3, 4].map(() => FaultProxy.listen({ port })));
    const logger = new RecordingLogger();
    const options = { sessionTimeout: 1_000, logger };
    const attacked = await Promise.all(
      proxies.map(({ connectString }) => new ZooKeeperClient(connectString, options).connect()),
    );
    const bystander = await new ZooKeeperClient(`127.0.0.1:${port}`, options).connect();
    let isOver = false;
    let rejected = 0;
    const failures: unknown[] = [];
    const forever = async (work: () => Promise<unknown>): Promise<void> => {
      while (!isOver) {
        await work().catch((error: { code?: string }) => {
          // The session of one put was lost three times.
          if (error.code === 'SESSION_EXPIRED') rejected += 1;
          else failures.push(error);
        });
      }
    };

    // Counts that are acknowledged are those of the counter: each update is made once, or rejects and is not made.
    let updates = 0;
    const counts = [...attacked, bystander].map((client) => {
      const counter = new BlobStorage(client, SIZES).file('counter');
      return forever(async () => {
        await counter.update((old) => String(Number(old ?? 0) + 1));
        updates += 1;
        await pause(5);
      });
    });
    const writes = attacked.map((client, index) => {
      const blobs = new BlobStorage(client, { ...SIZES, grace: GRACE });
      let count = 0;
      return forever(async () => {
        count += 1;
        const id = IDS[(count + index) % IDS.length] as string;
        if (count % 9 === 8) await blobs.delete(id);
        else {
          const info = await blobs.put(id, contentOf(`writer-${index}`, count));
          // The same generation as it says, or a newer one.
          const now = await new BlobStorage(client, { sync: true }).info(id);
          if (now && (now.position < info.position || (now.position === info.position && now.etag !== info.etag)))
            failures.push(new Error(`${id} is ${now.etag} after ${info.etag} was acknowledged`));
        }
      });
    });
    const seen: Seen[] = [];
    const watches: { readonly id: string; readonly seen: Seen; isThere: boolean }[] = [];
    const [reading] = attacked as [ZooKeeperClient];
    const read = (client: ZooKeeperClient, id: string): Promise<void> => {
      const blobs = new BlobStorage(client);
      const watch = { id, seen: new Seen(`a watch of ${id}`), isThere: false };
      watches.push(watch);
      blobs.watch(id, async (file) => {
        watch.isThere = file !== null;
        if (file) await watch.seen.saw(file);
      });
      const byReader = new Seen(`a reader of ${id}`);
      seen.push(byReader, watch.seen);
      return forever(async () => {
        const file = await blobs.get(id);
        if (file) await byReader.saw(file);
        await pause(1);
      });
    };
    const reads = [reading, bystander].flatMap((client) => IDS.map((id) => read(client, id)));
    const collects = [bystander, reading].map((client) =>
      forever(() => new BlobStorage(client, { ...SIZES, grace: GRACE }).collectGarbage().then(() => pause(20))),
    );

    for (let fault = 0; fault < FAULTS; fault += 1) {
      await pause(random.whole(20, 100));
      const index = random.below(proxies.length);
      const [proxy, client] = [proxies[index] as FaultProxy, attacked[index] as ZooKeeperClient];
      const kindOfFault = random.pick(KINDS);
      if (kindOfFault === 'cut') proxy.cut('fin');
      else if (kindOfFault === 'reset') proxy.cut('rst');
      else if (kindOfFault === 'half request') proxy.cutAfter(random.whole(1, 3_000), 'to-server');
      else if (kindOfFault === 'half answer') proxy.cutAfter(random.whole(1, 300), 'to-client');
      else if (kindOfFault === 'expiry') await expire(client);
      else if (kindOfFault === 'commit unsent') new LostMessage(proxy, isCommit, 'request');
      else if (kindOfFault === 'commit unanswered') new LostMessage(proxy, isCommit, 'answer');
      else if (kindOfFault === 'any unsent') new LostMessage(proxy, random.whole(1, 20), 'request');
      else if (kindOfFault === 'any unanswered') new LostMessage(proxy, random.whole(1, 20), 'answer');
      else if (kindOfFault === 'commit unanswered, and expiry')
        new LostMessage(proxy, isCommit, 'answer', () => void expire(client));
      else {
        proxy.refuse();
        proxy.cut();
        if (kindOfFault === 'expiry while down') await expire(client);
        await pause(random.whole(20, 100));
        await proxy.accept();
      }
    }
    isOver = true;
    await Promise.all(proxies.map((proxy) => proxy.pass()));
    await Promise.all([...counts, ...writes, ...reads, ...collects]);

    const reader = new BlobStorage(bystander, { sync: true });
    expect(failures).toEqual([]);
    expect(seen.flatMap(({ flaws }) => flaws)).toEqual([]);
    expect(Number(await reader.file('counter').readText())).toBe(updates);
    await eventually(async () => (await storedParts(bystander)).markers.length === 0, { describe: 'no marker' });
    await new BlobStorage(bystander, SIZES).collectGarbage({ grace: 0 });
    const infos = await all(reader.list());
    const chunked = infos.filter(({ size }) => size > SIZES.inlineLimit).map(({ etag }) => etag);
    expect((await storedParts(bystander)).generations).toEqual(chunked.sort());
    const isSettled = ({ id, seen: { etag }, isThere }: (typeof watches)[number]): boolean => {
      const info = infos.find((each) => each.id === id);
      return info ? isThere && etag === info.etag : !isThere;
    };
    await eventually(() => watches.every(isSettled), { describe: 'each watch at the newest generation' });
    // The run must have done some work.
    expect(rejected).toBeLessThan(FAULTS / 4);
    expect(updates).toBeGreaterThan(FAULTS / 2);
    expect(seen.reduce((sum, each) => sum + each.reads, 0)).toBeGreaterThan(5 * FAULTS);

    await Promise.all([...attacked, bystander].map((client) => client.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await stop();

    async function expire(client: ZooKeeperClient): Promise<void> {
      if (client.sessionId !== null) await expireSession(client, port);
    }
  });
});
