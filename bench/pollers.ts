/**
 * How long a poller of a directory takes: to be ready, and to find what has changed. `npx tsx bench/pollers.ts`, and
 * with `--files 100000` for the memory of a file.
 */
import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makePoller, type Poller } from '../recipes/pollers/index.js';

const DIRECTORIES = 100;
const ROUNDS = 10;

const { values } = parseArgs({ options: { files: { type: 'string', default: '10000' } } });
const files = Number(values.files);
const root = mkdtempSync(join(tmpdir(), 'bench-pollers-'));
const inEach = Math.ceil(files / DIRECTORIES);
for (let directory = 0; directory < DIRECTORIES; directory += 1) {
  mkdirSync(join(root, `${directory}`));
  for (let file = 0; file < inEach; file += 1) writeFileSync(join(root, `${directory}`, `${file}`), 'x');
}

async function measured<T>(name: string, run: () => Promise<T>): Promise<T> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  await pause(5);
  delays.disable();
  const numbers = `${ms.toFixed(1)} ms, ${((user + system) / 1_000).toFixed(1)} ms of a processor`;
  console.log(`${name}: ${numbers}, longest block ${(delays.max / 1_000_000).toFixed(1)} ms`);
  return result;
}

const heap = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

async function poll(name: string): Promise<void> {
  const before = heap();
  const poller: Poller = await measured(`${name}: ready with ${files} files`, () =>
    makePoller(root, { recurse: true }),
  );
  console.log(`${name}: kind ${poller.kind}, ${((heap() - before) / files).toFixed(0)} bytes for each file`);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const directory of [3, 50, 99]) writeFileSync(join(root, `${directory}`, '0'), `${name} ${round}`);
    const events = await measured(`${name}: 3 changed`, () => poller.getNewEvents());
    if (events.length !== 3) throw new Error(`${events.length} events`);
  }
  const bytes = await measured(`${name}: checkpoint`, async () => poller.checkpoint());
  console.log(`${name}: ${(bytes.length / files).toFixed(1)} bytes of a checkpoint for each file`);
  await poller.close();
}

await poll('inotify');
fs.watch = () => {
  throw Object.assign(new Error('none, for the measurement'), { code: 'ENOSPC' });
};
await poll('stat');
rmSync(root, { recursive: true });
