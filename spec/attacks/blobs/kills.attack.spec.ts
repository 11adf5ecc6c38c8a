import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ZooKeeperClient } from '../../../index.js';
import { type BlobInfo, BlobStorage } from '../../../recipes/blobs/index.js';
import { atExit } from '../../../testing/at-exit.js';
import { bundled } from '../../../testing/bundled.js';
import { eventually } from '../../../testing/eventually.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { scaled } from '../../../testing/time-factor.js';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import { all, storedParts } from '../../support/blobs.js';
import { contentOf, ENDS, IDS, Seen, SIZES, type WriterEnd } from './attacked-content.js';
import type { Acknowledged, WriterTask } from './writing-process.js';

const SEED = Number(process.env.SEED ?? 20_260_301);
/** Kills at a step of a put or a deletion, and at a random moment, in turn. */
const KILLS = Number(process.env.KILLS ?? 20);
const GRACE = 150;
const SESSION_TIMEOUT = 400;

/** A process that waits for its task, started ahead: starting takes longer than writing. */
class Writer implements Disposable {
  readonly child: ChildProcess;
  readonly acknowledged: Acknowledged[] = [];
  readonly #forget: () => void;

  constructor(module: string) {
    this.child = fork(module, { stdio: 'inherit' });
    this.#forget = atExit(() => this.child.kill('SIGKILL'));
  }

  /** Resolves once it was killed, after so many ms of writing unless it has done it itself. Returns whether it has. */
  async run(task: WriterTask, lifetime: number): Promise<boolean> {
    const connected = once(this.child, 'message');
    const ended = once(this.child, 'exit');
    this.child.send(task);
    await Promise.race([connected, ended]);
    this.child.on('message', (message) => this.acknowledged.push(message as Acknowledged));
    const wasItself = await Promise.race([ended.then(() => true), pause(lifetime, false)]);
    this.child.kill('SIGKILL');
    await ended;
    this.#forget();
    return wasItself;
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL');
    this.#forget();
  }
}

/** The content with a pause in its middle that is longer than grace. */
async function* slowly(content: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content);
  const middle = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, middle);
  await pause(2 * GRACE);
  yield bytes.subarray(middle);
}

it(`${KILLS} killed writers leave whole blobs, and no chunk after one collection (seed ${SEED})`, {
  timeout: scaled(60_000 + KILLS * 5_000),
}, async () => {
  const random = new SeededRandom(SEED);
  const module = await bundled(join(import.meta.dirname, 'writing-process.ts'));
  await using server = await ZooKeeperServer.start({ tickTime: 100 });
  const logger = new RecordingLogger();
  const connect = () => new ZooKeeperClient(server.connectString, { logger }).connect();
  const clients = await Promise.all([connect(), connect(), connect()]);
  const [reading, watching, collecting] = clients as [ZooKeeperClient, ZooKeeperClient, ZooKeeperClient];
  let isOver = false;
  const failures: unknown[] = [];
  const forever = async (work: () => Promise<unknown>): Promise<void> => {
    while (!isOver) await work().catch((error) => failures.push(error));
  };

  const seen: Seen[] = [];
  const reader = new BlobStorage(reading);
  // Some come to their chunks long after grace.
  const read = (id: string, lag: number): Promise<void> => {
    const seenById = new Seen(`a reader of ${id}, after ${lag} ms`);
    seen.push(seenById);
    return forever(async () => {
      const file = await reader.get(id);
      await pause(lag);
      if (file) await seenById.saw(file);
    });
  };
  const readers = IDS.flatMap((id) => [read(id, 1), read(id, 2 * GRACE)]);
  const watcher = new BlobStorage(watching);
  const watched = new Map<string, Seen>();
  const isThere = new Map<string, boolean>();
  for (const id of IDS) {
    const seenById = new Seen(`a watch of ${id}`);
    seen.push(seenById);
    watched.set(id, seenById);
    watcher.watch(id, async (file) => {
      isThere.set(id, file !== null);
      if (file) await seenById.saw(file);
    });
  }
  const collectors = [collecting, reading].map((client) => {
    const storage = new BlobStorage(client, { ...SIZES, grace: GRACE });
    return forever(() => storage.collectGarbage().then(() => pause(30)));
  });
  // Two that are never killed write the same blobs, one of them slower than grace.
  const steady = new BlobStorage(collecting, { ...SIZES, grace: GRACE });
  let count = 0;
  const acknowledged: Acknowledged[] = [];
  const writing = forever(async () => {
    count += 1;
    const { id, etag, position } = await steady.put(random.pick(IDS), contentOf('steady', count));
    acknowledged.push({ id, etag, position: `${position}` });
    await pause(20);
  });

  const writingSlowly = forever(async () => {
    count += 1;
    await steady.put(random.pick(IDS), slowly(contentOf('slow', count)));
  });

  const missed: unknown[] = [];
  let spare = new Writer(module);
  for (let kill = 0; kill < KILLS; kill += 1) {
    using writer = spare;
    spare = new Writer(module);
    // Ten and their number have no factor in common: the first ones have every step.
    const end = kill % 2 === 0 ? (ENDS[(kill * 5) % ENDS.length] as WriterEnd) : null;
    const task: WriterTask = {
      connectString: server.connectString,
      name: `killed-${kill}`,
      end: end && { ...end, nth: random.whole(1, 4) },
      sessionTimeout: SESSION_TIMEOUT,
      grace: GRACE,
    };
    const wasItself = await writer.run(task, end ? scaled(10_000) : random.whole(1, 400));
    if (end && !wasItself) missed.push(task.end);
    acknowledged.push(...writer.acknowledged);
  }
  spare[Symbol.dispose]();
  isOver = true;
  await Promise.all([...readers, ...collectors, writing, writingSlowly]);

  // The sessions of the killed ones end, and with them their markers.
  await eventually(async () => (await storedParts(reading)).markers.length === 0, { describe: 'no marker' });
  await new BlobStorage(collecting, SIZES).collectGarbage({ grace: 0 });
  const infos = new Map<string, BlobInfo>((await all(reader.list())).map((info) => [info.id, info]));
  const chunked = [...infos.values()].filter(({ size }) => size > SIZES.inlineLimit).map(({ etag }) => etag);
  expect((await storedParts(reading)).generations).toEqual(chunked.sort());
  for (const id of IDS) await expectWatched(id);
  // No acknowledged write is newer than what is there, and none has the zxid of another.
  for (const { id, etag, position } of acknowledged) {
    const info = infos.get(id);
    if (info && BigInt(position) >= info.position) expect({ id, etag }).toEqual({ id, etag: info.etag });
  }
  expect(seen.flatMap(({ flaws }) => flaws)).toEqual([]);
  expect(failures).toEqual([]);
  expect(missed).toEqual([]);
  // The run must have done some work.
  expect(seen.reduce((sum, { reads }) => sum + reads, 0)).toBeGreaterThan(20 * KILLS);
  expect(acknowledged.length).toBeGreaterThan(2 * KILLS);
  await Promise.all(clients.map((client) => client.close()));

  async function expectWatched(id: string): Promise<void> {
    const info = infos.get(id);
    const isSeen = (): boolean => (info ? watched.get(id)?.etag === info.etag : isThere.get(id) === false);
    await eventually(isSeen, { describe: `the watch of ${id} at its newest generation` });
  }
});
