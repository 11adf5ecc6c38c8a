/** An embedded server in a process of its own, which reports its costs to its parent. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { EmbeddedZooKeeper } from '../lib/embedded/index.js';

/** The child's report. */
interface Costs {
  readonly port: number;
  /** How long a start takes, in ms; the median of several. */
  readonly startMs: number;
  /** Heap after a garbage collection, in bytes. */
  readonly heap: number;
  /** Processor time used so far, in ms. */
  readonly cpuMs: number;
}

const ROUNDS = 9;

const CHILD = '--embedded-child';

async function timeStart(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = performance.now();
    const server = await EmbeddedZooKeeper.start();
    times.push(performance.now() - before);
    await server.close();
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

async function serve(): Promise<void> {
  const startMs = await timeStart();
  const server = await EmbeddedZooKeeper.start();
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const costs: Costs = {
      port: server.port,
      startMs,
      heap: process.memoryUsage().heapUsed,
      cpuMs: (user + system) / 1_000,
    };
    process.send?.(costs);
  });
  process.on('disconnect', () => process.exit());
}

/** The parent's side. */
export class EmbeddedChild implements Disposable {
  readonly #child: ChildProcess;

  constructor() {
    const execArgv = ['--import', 'tsx', '--expose-gc'];
    this.#child = fork(import.meta.filename, [CHILD], { execArgv });
  }

  async costs(): Promise<Costs> {
    this.#child.send('costs');
    const [costs] = await once(this.#child, 'message');
    return costs as Costs;
  }

  [Symbol.dispose](): void {
    this.#child.disconnect();
  }
}

if (process.argv.includes(CHILD)) await serve();
