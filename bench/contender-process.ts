/** The process of a contender on Node: it obeys the commands on its standard input, and answers with their cost. */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { clientTransport } from '../testing/transport.js';
import { CallCounter, withLongestBlock } from './call-counter.js';
import { CallLatencies } from './call-latencies.js';
import { ChildrenCallCounter } from './children-call-counter.js';
import { byHand } from './clients/by-hand.js';
import type { Client } from './clients/client.js';
import { ours } from './clients/ours.js';
import { now } from './clock.js';
import type { Answer, Command } from './contender-protocol.js';

type CommandTo<Do extends Command['do']> = Extract<Command, { do: Do }>;

/** The client's time for its own work after the last call. */
const AFTERWARDS_MS = 300;
/** The watches made in one turn of the event loop: more would be a block of the caller's own. */
const IN_A_TURN = 250;
/** The beginning of a leaf's name, before its index. */
const LEAF = '/leaf-';

function connect(): Promise<Client> {
  if (kind === 'by-hand') return byHand(connectString);
  return ours(connectString, {
    transport: kind === 'ours-over-tls' ? clientTransport() : {},
    hasTrees: kind !== 'single-reads',
  });
}

async function memory(): Promise<{ heap: number; resident: number }> {
  await pause(AFTERWARDS_MS);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

function answer(message: Answer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const [kind, connectString = ''] = process.argv.slice(2);
const client = await connect();
const childrenCounter = new ChildrenCallCounter();
const latencies = new CallLatencies();
let counter = new CallCounter(0);
let watchesPerNode = 0;
let nodes = 0;

async function arm(command: CommandTo<'arm'>): Promise<void> {
  const { paths } = command;
  nodes = paths.length;
  watchesPerNode = command.watchesPerNode;
  const watches = nodes * watchesPerNode;
  counter = new CallCounter(watches);
  const before = await memory();
  let startedAt = 0;
  const counts = await withLongestBlock(() => {
    startedAt = now();
    return counter.until(null, watches, () => void watchAll(paths, watches));
  });
  const after = await memory();
  answer({
    ...counts,
    connectedAt: client.connectedAt,
    tookMs: counts.endedAt - startedAt,
    heapBytes: after.heap - before.heap,
    residentBytes: after.resident - before.resident,
  });
}

async function watchAll(paths: readonly string[], watches: number): Promise<void> {
  for (let index = 0; index < watches; index += 1) {
    if (index % IN_A_TURN === 0) await nextTurn();
    const path = paths[index % nodes] ?? '/';
    client.watchData(path, (data) => called(index, data));
  }
}

function called(index: number, data: Buffer | null): void {
  counter.called(index, data);
  latencies.called(data);
}

async function follow({ sequence, everyNth, measuresBlocks }: CommandTo<'follow'>): Promise<void> {
  const watches = Math.ceil(nodes / everyNth) * watchesPerNode;
  const wait = () => counter.until(sequence, watches, () => answer({ ready: true }));
  const counts = measuresBlocks ? await withLongestBlock(wait) : { ...(await wait()), longestBlockMs: null };
  answer({ ...counts, connectedAt: client.connectedAt });
}

async function rest({ ms }: CommandTo<'rest'>): Promise<void> {
  const before = process.cpuUsage();
  const startedAt = now();
  await pause(ms);
  const { user, system } = process.cpuUsage(before);
  answer({ tookMs: now() - startedAt, cpuMs: (user + system) / 1e3 });
}

async function watchChildren({ path }: CommandTo<'watch children'>): Promise<void> {
  const first = childrenCounter.until(null, () => {
    client.watchChildren(path, (children) => childrenCounter.called(children));
  });
  await first;
  answer({ ready: true });
}

async function followChildren({ lastChild }: CommandTo<'follow children'>): Promise<void> {
  const { children, ...counts } = await childrenCounter.until(lastChild, () => answer({ ready: true }));
  const digest = createHash('sha1').update(children.sort().join('\n')).digest('hex');
  answer({ ...counts, digest });
}

async function settle({ path, boundaryMs }: CommandTo<'settle'>): Promise<void> {
  const settled = client.settle?.(path, boundaryMs);
  answer({ ready: true });
  await settled;
  answer({ settledAt: now() });
}

async function watchTree({ root, leaves }: CommandTo<'watch tree'>): Promise<void> {
  const { watchTree } = client;
  if (!watchTree) throw new Error('this client cannot watch trees');
  nodes = leaves;
  watchesPerNode = 1;
  counter = new CallCounter(leaves);
  const before = await memory();
  const loading = await withLongestBlock(() => {
    const cpuBefore = process.cpuUsage();
    const startedAt = now();
    return new Promise<{ tookMs: number; cpuMs: number; znodes: number }>((resolve) => {
      const completed = (znodes: number): void => {
        const tookMs = now() - startedAt;
        const { user, system } = process.cpuUsage(cpuBefore);
        resolve({ tookMs, cpuMs: (user + system) / 1e3, znodes });
      };
      watchTree(root, completed, changedInTree);
    });
  });
  const after = await memory();
  answer({ ...loading, heapBytes: after.heap - before.heap });
}

function changedInTree(path: string, data: Buffer | null): void {
  const name = path.lastIndexOf(LEAF);
  if (name >= 0) called(Number(path.slice(name + LEAF.length)), data);
}

async function timeChanges({ sequence }: CommandTo<'time changes'>): Promise<void> {
  answer({ latenciesMs: await latencies.until(sequence, () => answer({ ready: true })) });
}

function run(command: Command): Promise<void> | void {
  switch (command.do) {
    case 'arm':
      return arm(command);
    case 'follow':
      return follow(command);
    case 'rest':
      return rest(command);
    case 'report session':
      return answer(client.session());
    case 'watch children':
      return watchChildren(command);
    case 'follow children':
      return followChildren(command);
    case 'settle':
      return settle(command);
    case 'watch tree':
      return watchTree(command);
    case 'time changes':
      return timeChanges(command);
  }
}

// Ends in the middle of a command too: the process must not outlive its parent.
process.stdin.once('end', () => process.exit());
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) await run(JSON.parse(line));
