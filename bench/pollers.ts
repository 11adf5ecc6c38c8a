/**
 * How long a poller of a directory takes: to be ready, beside chokidar in turn, and to find what has changed.
 * `npm run bench:pollers`, and with `-- --files 100000 --rounds 1` for the memory of a file.
 */
import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { watch as chokidar } from 'chokidar';
import { makePoller, type Poller } from '../recipes/pollers/index.js';
import { retained } from './blobs/memory.js';
import { quantile } from './statistics.js';

const DIRECTORIES = 100;
/** Changes that are looked for, for each kind. */
const CHANGES = 20;

const { values } = parseArgs({
  options: { files: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
});
const [files, rounds] = [Number(values.files), Number(values.rounds)];
const root = mkdtempSync(join(tmpdir(), 'bench-pollers-'));
const inEach = Math.ceil(files / DIRECTORIES);
for (let directory = 0; directory < DIRECTORIES; directory += 1) {
  mkdirSync(join(root, `${directory}`));
  for (let file = 0; file < inEach; file += 1) writeFileSync(join(root, `${directory}`, `${file}`), 'x');
}

/** The numbers of one or several runs, in ms. */
class Numbers {
  readonly #ms: number[] = [];
  readonly #cpuMs: number[] = [];
  readonly #blockMs: number[] = [];

  async measure<T>(run: () => Promise<T>): Promise<T> {
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    const result = await run();
    this.#ms.push(performance.now() - began);
    const { user, system } = process.cpuUsage(cpu);
    this.#cpuMs.push((user + system) / 1_000);
    await pause(5);
    delays.disable();
    this.#blockMs.push(delays.max / 1_000_000);
    return result;
  }

  print(name: string): void {
    const spread = `median ${quantile(this.#ms, 0.5).toFixed(1)} ms, at most ${Math.max(...this.#ms).toFixed(1)} ms`;
    const cost = `${quantile(this.#cpuMs, 0.5).toFixed(1)} ms of a processor`;
    console.log(`${name}: ${spread}, ${cost}, longest block ${Math.max(...this.#blockMs).toFixed(1)} ms`);
  }
}

/** Ready once it knows all files, and closed again. */
async function compareReadiness(): Promise<void> {
  const [ours, theirs] = [new Numbers(), new Numbers()];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1) {
    const [oneRound, otherRound] = round === 0 ? [new Numbers(), new Numbers()] : [ours, theirs];
    const poller = await oneRound.measure(() => makePoller(root, { recurse: true }));
    await poller.close();
    const watcher = chokidar([], { ignoreInitial: true });
    await otherRound.measure(async () => {
      watcher.add(root);
      await new Promise((resolve) => watcher.once('ready', () => resolve(null)));
    });
    await watcher.close();
  }
  ours.print(`ready with ${files} files`);
  theirs.print(`chokidar: ready with ${files} files`);
}

async function poll(name: string): Promise<void> {
  const before = await retained();
  const poller: Poller = await makePoller(root, { recurse: true });
  console.log(`${name}: ${(((await retained()) - before) / files).toFixed(0)} bytes for each file`);
  const changed = new Numbers();
  for (let change = 0; change < CHANGES; change += 1) {
    for (const directory of [3, 50, 99]) writeFileSync(join(root, `${directory}`, '0'), `${name} ${change}`);
    const events = await changed.measure(() => poller.getNewEvents());
    if (events.length !== 3) throw new Error(`${events.length} events`);
  }
  changed.print(`${name}: 3 changed`);
  const taken = new Numbers();
  const bytes = await taken.measure(async () => poller.checkpoint());
  taken.print(`${name}: a checkpoint of ${(bytes.length / files).toFixed(1)} bytes for each file`);
  await poller.close();
}

await compareReadiness();
await poll('inotify');
fs.watch = () => {
  throw Object.assign(new Error('none, for the measurement'), { code: 'ENOSPC' });
};
await poll('stat');
rmSync(root, { recursive: true });
