/** Measures the way of single changes to a watch of a whole tree. */
import { setTimeout as pause } from 'node:timers/promises';
import { now } from '../clock.js';
import { Contender } from '../contender.js';
import type { Counts } from '../contender-protocol.js';
import { quantile } from '../statistics.js';
import { leafFrames, type ZnodeTree } from '../tree-znodes.js';
import { WireCounter } from '../wire-counter.js';
import { runPipelined } from '../znodes.js';
import { changesOfEach } from './changes.js';
import {
  DATA_WATCHES,
  everyNth,
  type Figures,
  type Measurement,
  type Setup,
  start,
  watchesTrees,
} from './measurement.js';

const LOADED_WITHIN = 60_000;
/** Bursts of changes whose latency is measured. */
interface Pace {
  readonly together: number;
  readonly everyMs: number;
  readonly bursts: number;
}

const STEADY: Pace = { together: 20, everyMs: 10, bursts: 300 };
/** Each burst follows as soon as the one before is acknowledged. */
const UNDER_LOAD: Pace = { together: 500, everyMs: 0, bursts: 40 };

interface Following {
  readonly counts: Counts;
  readonly tookMs: number;
}

async function runChanges(setup: Setup, size: number): Promise<Figures> {
  const tree = await setup.trees.of({ parents: 0, leaves: size });
  await using contender = await start(setup);
  await watch(setup, contender, tree);
  await changeAll(setup, contender, tree);
  const serverBefore = await setup.serverCpuMs();
  const { counts, tookMs } = await changeAll(setup, contender, tree);
  const serverAfter = await setup.serverCpuMs();
  const steady = await timeBursts(setup, contender, tree, STEADY);
  const underLoad = await timeBursts(setup, contender, tree, UNDER_LOAD);
  const changes = size * changesOfEach(size);
  return {
    'time until the last change, ms': tookMs,
    'changes followed/s': (changes / tookMs) * 1e3,
    'changes reported/s': (counts.calls / tookMs) * 1e3,
    'reports per change': counts.calls / changes,
    'CPU per change, µs': (counts.cpuMs / changes) * 1e3,
    ...(serverBefore !== null && serverAfter !== null && { "the server's CPU, ms": serverAfter - serverBefore }),
    'p50, ms': quantile(steady, 0.5),
    'p99, ms': quantile(steady, 0.99),
    'p50 under load, ms': quantile(underLoad, 0.5),
    'p99 under load, ms': quantile(underLoad, 0.99),
    ...(await countRequests(setup, tree, changes)),
  };
}

async function watch({ contender: name }: Setup, contender: Contender, tree: ZnodeTree): Promise<void> {
  if (name === DATA_WATCHES) await contender.arm(tree.leaves);
  else await contender.watchTree(tree, LOADED_WITHIN);
}

async function changeAll({ znodes }: Setup, contender: Contender, tree: ZnodeTree): Promise<Following> {
  // A new writer each time: it sends no pings while the last calls come.
  using writer = await znodes.writer();
  const leaves = tree.leaves.length;
  const sequences = Array.from({ length: changesOfEach(leaves) }, () => znodes.nextSequence());
  const frames = leafFrames(
    tree,
    sequences.flatMap((sequence) => everyNth(leaves, 1, sequence)),
  );
  let startedAt = 0;
  const counts = await contender.follow(sequences.at(-1) ?? 0, () => {
    startedAt = now();
    return runPipelined(writer, frames);
  });
  return { counts, tookMs: counts.endedAt - startedAt };
}

/** The times from the sending of each change to its report; a change that a later one replaced has none. */
async function timeBursts(
  { znodes }: Setup,
  contender: Contender,
  tree: ZnodeTree,
  { together, everyMs, bursts }: Pace,
): Promise<readonly number[]> {
  using writer = await znodes.writer();
  const last = znodes.nextSequence();
  const { latenciesMs } = await contender.timeChanges(last, async () => {
    const startedAt = now();
    for (let burst = 0; burst < bursts; burst += 1) {
      const waitMs = startedAt + burst * everyMs - now();
      if (waitMs > 0) await pause(waitMs);
      const madeAt = Math.round(now() * 1e3);
      const leafOf = (index: number): number => (burst * together + index) % tree.leaves.length;
      const changes = Array.from({ length: together }, (_, index) => [leafOf(index), madeAt] as const);
      await writer.run(leafFrames(tree, changes), together);
    }
    await writer.run(leafFrames(tree, [[0, last]]), 1);
  });
  return latenciesMs;
}

/** Counts in another process, because counting takes time too. */
async function countRequests(setup: Setup, tree: ZnodeTree, changes: number): Promise<Figures> {
  await using counter = await WireCounter.listen(setup.port);
  await using contender = await Contender.start(setup.command, counter.connectString);
  await watch(setup, contender, tree);
  counter.reset();
  await changeAll(setup, contender, tree);
  return { 'requests per change': counter.requests / changes, 'reads per change': counter.reads / changes };
}

export const treeChanges: Measurement = {
  about: (size) =>
    `a tree of ${size} leaves, changes of each, pipelined: ${changesOfEach(size)}; latency at ` +
    `${(STEADY.together / STEADY.everyMs) * 1e3} changes/s, and of ${UNDER_LOAD.together} at once, back to back`,
  sizes: [1_000],
  warmsUp: true,
  takesPart: (contender) => contender === DATA_WATCHES || watchesTrees(contender),
  run: runChanges,
};
