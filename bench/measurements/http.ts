/** Measures the HTTP faces: many requests that wait for one change, and many sockets under many changes. */
import { setTimeout as pause } from 'node:timers/promises';
import { BlobChild } from '../blobs/blob-child.js';
import type { Collected, Polling } from '../blobs/polling-process.js';
import type { Question, Serving } from '../blobs/serving-process.js';
import { changeOf } from '../blobs/small-blobs.js';
import type { Heard, Listening } from '../blobs/socket-process.js';
import { now } from '../clock.js';
import { quantile } from '../statistics.js';
import { WireCounter } from '../wire-counter.js';
import { type Figures, type Measurement, OURS, type Setup } from './measurement.js';

const MIB = 1_024 * 1_024;
const BLOBS = 100;
const WARMING_CHANGES = 20;
const CHANGES = 30;
const COUNTED_CHANGES = 5;

const SOCKETS = 1_000;
const CHANGES_PER_SECOND = 1_000;
/** Changes that are made together, and the pause between two such bursts. */
const TOGETHER = 10;
const EVERY_MS = (TOGETHER / CHANGES_PER_SECOND) * 1e3;
/** Samples of the memory in one run. */
const SAMPLES = 20;

type Served = BlobChild<Question>;

function serve({ prefix }: Setup, connectString: string): Promise<Served> {
  return BlobChild.start<Question>('serving-process', prefix, [connectString]);
}

function stateOf(server: Served, memory = false): Promise<Serving> {
  return server.ask<Serving>({ memory });
}

async function untilWaiting(server: Served, count: number): Promise<void> {
  while ((await stateOf(server)).waiting !== count) await pause(5);
}

/** The times of all answers to one change, from the sending of it, in ms. */
async function answerOnce(
  { znodes }: Setup,
  server: Served,
  pollers: BlobChild<Polling>,
  count: number,
): Promise<number[]> {
  await pollers.ask({ do: 'poll' });
  await untilWaiting(server, count);
  using writer = await znodes.writer();
  const sequence = znodes.nextSequence();
  const collecting = pollers.ask<Collected>({ do: 'collect' });
  const startedAt = now();
  await writer.run([changeOf(sequence % BLOBS, sequence)], 1);
  const { at, changes } = await collecting;
  if (changes !== count) throw new Error(`${count - changes} of ${count} answers have no change`);
  return at.map((each) => each - startedAt);
}

async function openPollers(server: Served, count: number): Promise<BlobChild<Polling>> {
  const { port } = await stateOf(server);
  const pollers = await BlobChild.start<Polling>('polling-process', [], []);
  await pollers.ask({ do: 'open', port, count });
  await pollers.ask({ do: 'poll' });
  await pollers.ask<Collected>({ do: 'collect' });
  return pollers;
}

async function runPolls(setup: Setup, size: number): Promise<Figures> {
  await setup.smallBlobs.create(BLOBS);
  await using server = await serve(setup, `127.0.0.1:${setup.port}`);
  await using pollers = await openPollers(server, size);
  for (let change = 0; change < WARMING_CHANGES; change += 1) await answerOnce(setup, server, pollers, size);
  const latencies: number[] = [];
  const p99s: number[] = [];
  const before = await stateOf(server);
  for (let change = 0; change < CHANGES; change += 1) {
    const times = await answerOnce(setup, server, pollers, size);
    latencies.push(...times);
    p99s.push(quantile(times, 0.99));
  }
  const { cpuMs } = await stateOf(server);
  return {
    'p50, ms': quantile(latencies, 0.5),
    'p99 of a change, ms': quantile(p99s, 0.5),
    'p99 of the slowest change, ms': Math.max(...p99s),
    'CPU of each request, µs': ((cpuMs - before.cpuMs) / CHANGES / size) * 1e3,
    ...(await countReads(setup, size)),
    ...(await weighWaiters(setup, size)),
  };
}

/** Counts in another process, because counting takes time too. */
async function countReads(setup: Setup, size: number): Promise<Figures> {
  await using counter = await WireCounter.listen(setup.port);
  await using server = await serve(setup, counter.connectString);
  await using pollers = await openPollers(server, size);
  await answerOnce(setup, server, pollers, size);
  counter.reset();
  for (let change = 0; change < COUNTED_CHANGES; change += 1) await answerOnce(setup, server, pollers, size);
  return { 'requests to ZooKeeper per change': counter.requests / COUNTED_CHANGES };
}

/** Beside requests that Node holds, and nobody handles. */
async function weighWaiters(setup: Setup, size: number): Promise<Figures> {
  const connectString = `127.0.0.1:${setup.port}`;
  const weigh = async (what: 'poll' | 'hold'): Promise<{ alone: number; with: number }> => {
    await using server = await serve(setup, connectString);
    // The code and the tables of the first requests are not theirs.
    await using first = await openPollers(server, 10);
    await answerOnce(setup, server, first, 10);
    const alone = (await stateOf(server, true)).retained;
    await using pollers = await openPollers(server, size);
    await pollers.ask({ do: what });
    await untilWaiting(server, size);
    return { alone, with: (await stateOf(server, true)).retained };
  };
  const polls = await weigh('poll');
  const held = await weigh('hold');
  const ofNode = (held.with - held.alone) / size;
  return {
    'memory of a waiting request, bytes': (polls.with - polls.alone) / size - ofNode,
    "Node's memory of its socket and request, bytes": ofNode,
  };
}

async function runSockets(setup: Setup, seconds: number): Promise<Figures> {
  const { prefix, port, znodes } = setup;
  await setup.smallBlobs.create(BLOBS);
  await using server = await BlobChild.start<Question>('serving-process', prefix, [`127.0.0.1:${port}`]);
  await using sockets = await BlobChild.start<Listening>('socket-process', [], []);
  await sockets.ask({ do: 'open', port: (await stateOf(server)).port, count: SOCKETS });
  using writer = await znodes.writer();
  let made = 0;
  /** Returns how long it has taken, in ms. */
  const changeFor = async (ms: number): Promise<number> => {
    const startedAt = now();
    for (let burst = 0; burst * EVERY_MS < ms; burst += 1) {
      const waitMs = startedAt + burst * EVERY_MS - now();
      if (waitMs > 0) await pause(waitMs);
      const frames = Array.from({ length: TOGETHER }, () => {
        const sequence = znodes.nextSequence();
        return changeOf(sequence % BLOBS, sequence);
      });
      await writer.run(frames, TOGETHER);
      made += TOGETHER;
    }
    return now() - startedAt;
  };
  const of = (values: readonly number[]): number => quantile(values, 0.5);
  await changeFor(Math.min(5_000, seconds * 100));
  await sockets.ask<Heard>({ do: 'report' });
  made = 0;
  let changedMs = 0;
  const [startedAt, cpuBefore] = [now(), (await stateOf(server)).cpuMs];
  const memory: Serving[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    changedMs += await changeFor((seconds / SAMPLES) * 1e3);
    memory.push(await stateOf(server, true));
  }
  const tookMs = now() - startedAt;
  const { cpuMs } = await stateOf(server);
  const heard = await sockets.ask<Heard>({ do: 'report' });
  if (heard.ended > 0) throw new Error(`${heard.ended} of ${SOCKETS} sockets have ended`);
  const quarter = Math.ceil(SAMPLES / 4);
  const growth = (figure: 'retained' | 'resident'): number =>
    (of(memory.slice(-quarter).map((each) => each[figure])) -
      of(memory.slice(0, quarter).map((each) => each[figure]))) /
    MIB;
  return {
    // Without the time of the samples.
    'changes made/s': (made / changedMs) * 1e3,
    'batches to each/s': (heard.messages / SOCKETS / tookMs) * 1e3,
    'changes to each/s': (heard.changes / SOCKETS / tookMs) * 1e3,
    'sent, MB/s': heard.bytes / tookMs / 1e3,
    'CPU, % of a core': ((cpuMs - cpuBefore) / tookMs) * 100,
    'memory, MiB': of(memory.map((each) => each.retained)) / MIB,
    'growth of memory, MiB': growth('retained'),
    'growth of resident memory, MiB': growth('resident'),
  };
}

export const longPolls: Measurement = {
  about: (size) => `${size} requests that wait for changes of blobs, and are answered at the next one`,
  sizes: [1_000],
  warmsUp: true,
  takesPart: (contender) => contender === OURS,
  run: runPolls,
};

export const sockets: Measurement = {
  about: (size) =>
    `${SOCKETS} sockets that hear of every change of ${BLOBS} znodes, ${CHANGES_PER_SECOND} changes/s, for ${size} s`,
  sizes: [30],
  warmsUp: false,
  mostRounds: 1,
  takesPart: (contender) => contender === OURS,
  run: runSockets,
};
