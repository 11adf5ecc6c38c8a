/** Measures the loading of trees, and their recovery from the end of a connection. */
import { FaultProxy } from '../../testing/fault-proxy.js';
import { Contender, MissingFiguresError } from '../contender.js';
import type { TreeLoading } from '../contender-protocol.js';
import { leafFrames, type ZnodeTree } from '../tree-znodes.js';
import { WireCounter } from '../wire-counter.js';
import {
  everyNth,
  type Figures,
  longestBlock,
  type Measurement,
  type Setup,
  start,
  watchesTrees,
} from './measurement.js';
import { cutAndFollow, type Recovery } from './recovery.js';

/** One leaf in this many changes while the connection is cut. */
const EVERY_NTH = 100;
const MOST_PARENTS = 100;
/** The limit of each step: kazoo takes longer than all others. */
const LIMIT_MS = 240_000;

/** A tree of so many znodes: a root, parents, and for the most part leaves. */
function treeOf({ trees }: Setup, size: number): Promise<ZnodeTree> {
  const parents = Math.min(MOST_PARENTS, Math.ceil(size / MOST_PARENTS));
  return trees.of({ parents, leaves: Math.max(size - 1 - parents, 1) });
}

async function load(contender: Contender, tree: ZnodeTree): Promise<TreeLoading> {
  const loading = await contender.watchTree(tree, LIMIT_MS);
  if (loading.znodes === tree.znodes) return loading;
  throw new MissingFiguresError(`it knows ${loading.znodes} of ${tree.znodes} znodes`);
}

async function runLoading(setup: Setup, size: number): Promise<Figures> {
  const tree = await treeOf(setup, size);
  await using contender = await start(setup);
  const { tookMs, cpuMs, heapBytes, longestBlockMs } = await load(contender, tree);
  return {
    'time until complete, ms': tookMs,
    'CPU, ms': cpuMs,
    'CPU of each, µs': (cpuMs / tree.znodes) * 1e3,
    ...(heapBytes !== null && { 'heap of each beside data, bytes': (heapBytes - tree.dataBytes) / tree.znodes }),
    ...longestBlock(longestBlockMs),
  };
}

async function runRecovery(setup: Setup, size: number): Promise<Figures> {
  const tree = await treeOf(setup, size);
  const changes = Math.ceil(tree.leaves.length / EVERY_NTH);
  const { counts, acceptedAt } = await recover(setup, tree, setup.port);
  return {
    'connection to the last call, ms': counts.endedAt - acceptedAt,
    'calls per change': counts.calls / changes,
    'CPU, ms': counts.cpuMs,
    ...longestBlock(counts.longestBlockMs),
    ...(await countReads(setup, tree, changes)),
  };
}

/** Counts in another process, because counting takes time too. */
async function countReads(setup: Setup, tree: ZnodeTree, changes: number): Promise<Figures> {
  await using counter = await WireCounter.listen(setup.port);
  await recover(setup, tree, counter.port, () => counter.reset());
  const { reads, requests } = counter;
  return { 'reads per change': reads / changes, 'requests per change': requests / changes };
}

/** @param loaded called when the tree is complete */
async function recover(setup: Setup, tree: ZnodeTree, port: number, loaded = () => {}): Promise<Recovery> {
  await using proxy = await FaultProxy.listen({ host: '127.0.0.1', port });
  await using contender = await Contender.start(setup.command, proxy.connectString);
  await load(contender, tree);
  loaded();
  return await cutAndFollow(setup, proxy, contender, {
    framesOf: (sequence) => leafFrames(tree, everyNth(tree.leaves.length, EVERY_NTH, sequence)),
    everyNth: EVERY_NTH,
    limitMs: LIMIT_MS,
  });
}

export const tree: Measurement = {
  about: (size) => `a tree of ${size} znodes with data, until it is complete`,
  sizes: [20_000, 100_000],
  warmsUp: true,
  takesPart: (contender) => watchesTrees(contender),
  run: runLoading,
};

export const treeRecovery: Measurement = {
  about: (size) => `a tree of ${size} znodes after a cut, every ${EVERY_NTH}th leaf changed meanwhile`,
  sizes: [20_000, 100_000],
  warmsUp: true,
  takesPart: (contender) => watchesTrees(contender),
  run: runRecovery,
};
