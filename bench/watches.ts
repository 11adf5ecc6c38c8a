/**
 * Times the watches on a ZooKeeper that it starts itself: arming, a change of every znode, and the fan-out of one
 * change to many watches. `npm run bench`, or `npm run bench -- --watches 100000`.
 */
import { parseArgs } from 'node:util';
import { DataWatch, ZooKeeperClient } from '../recipes/index.js';
import { Recorder } from '../spec/support/recorder.js';
import { ZooKeeperServer } from '../spec/support/zookeeper-server.js';

const ROUNDS = 5;
/** Far above what any round takes. */
const PATIENCE = { within: 600_000 };

async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

async function median(action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(action));
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

function print(what: string, ms: number, count: number): void {
  console.log(`${what.padEnd(42)} ${ms.toFixed(1).padStart(9)} ms ${Math.round((count / ms) * 1000)}/s`);
}

const { values } = parseArgs({ options: { watches: { type: 'string', default: '10000' } } });
const count = Number(values.watches);
await using server = await ZooKeeperServer.start();
await using client = await new ZooKeeperClient(server.connectString).connect();
await using writer = await new ZooKeeperClient(server.connectString).connect();
const paths = Array.from({ length: count }, (_, index) => `/node-${index}`);
await Promise.all(paths.map((path) => writer.create(path)));

const calls = new Recorder<null>();
const watchAll = async () => {
  for (const path of paths) new DataWatch(client, path, () => calls.record(null));
  await calls.untilCount(count, PATIENCE);
};
print(`arming ${count} data watches`, await timed(watchAll), count);

const changeAll = async () => {
  calls.clear();
  await Promise.all(paths.map((path) => writer.setData(path, 'changed')));
  await calls.untilCount(count, PATIENCE);
};
print(`a change of each, median of ${ROUNDS}`, await median(changeAll), count);

const fanOut = new Recorder<null>();
await writer.create('/shared');
for (let index = 0; index < 1_000; index += 1) new DataWatch(client, '/shared', () => fanOut.record(null));
await fanOut.untilCount(1_000);
const changeShared = async () => {
  fanOut.clear();
  await Promise.all([writer.setData('/shared', 'changed'), fanOut.untilCount(1_000)]);
};
print(`one change to 1,000 watches, median of ${ROUNDS}`, await median(changeShared), 1_000);
