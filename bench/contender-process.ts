/** The process of a contender on Node: it watches what it is told to on its standard input, and answers with what that cost. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import zookeeper from 'node-zookeeper-client';
import { DataWatch, ZooKeeperClient } from '../recipes/index.js';
import { CallCounter, withLongestBlock } from './call-counter.js';
import type { Answer, Command } from './contender.js';

type Watch = (path: string, func: (data: Buffer | null) => void) => void;

const SESSION_TIMEOUT = 30_000;
/** After the last call, for what a client still does then. */
const AFTERWARDS_MS = 300;

async function ours(connectString: string): Promise<Watch> {
  const client = await new ZooKeeperClient(connectString, { sessionTimeout: SESSION_TIMEOUT }).connect();
  return (path, func) => {
    new DataWatch(client, path, func);
  };
}

/** What one would write by hand: a read with a watcher that reads again. */
async function handWritten(connectString: string): Promise<Watch> {
  const client = zookeeper.createClient(connectString, { sessionTimeout: SESSION_TIMEOUT });
  const connected = once(client, 'connected');
  client.connect();
  await connected;
  return (path, func) => {
    const read = () =>
      client.getData(path, read, (error, data) => {
        if (error) throw error;
        func(data);
      });
    read();
  };
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
const watch = await (kind === 'ours' ? ours : handWritten)(connectString);
let counter = new CallCounter(0);
let watchesPerNode = 0;
let nodes = 0;

async function run(command: Command): Promise<void> {
  if (command.do === 'arm') {
    const { paths } = command;
    nodes = paths.length;
    watchesPerNode = command.watchesPerNode;
    const watches = nodes * watchesPerNode;
    counter = new CallCounter(watches);
    const before = await memory();
    let startedAt = 0;
    const counts = await withLongestBlock(() => {
      startedAt = Number(process.hrtime.bigint()) / 1e6;
      return counter.until(null, watches, () => {
        for (let index = 0; index < watches; index += 1) {
          const path = paths[index % nodes] ?? '/';
          watch(path, (data) => counter.called(index, data));
        }
      });
    });
    const after = await memory();
    answer({
      ...counts,
      tookMs: counts.endedAt - startedAt,
      heapBytes: after.heap - before.heap,
      residentBytes: after.resident - before.resident,
    });
  } else {
    const watches = Math.ceil(nodes / command.everyNth) * watchesPerNode;
    const wait = () => counter.until(command.sequence, watches, () => answer({ ready: true }));
    answer(command.measuresBlocks ? await withLongestBlock(wait) : { ...(await wait()), longestBlockMs: null });
  }
}

// Also in the middle of a command: it never outlives its parent.
process.stdin.once('end', () => process.exit());
answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) await run(JSON.parse(line));
