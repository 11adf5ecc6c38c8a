/** An embedded server in a process of its own, which tells its parent what it costs. Run with --expose-gc. */
import { EmbeddedZooKeeper } from '../lib/embedded/index.js';

/** What the child answers. */
export interface Costs {
  readonly port: number;
  /** How long a start takes, in ms; the median of several. */
  readonly startMs: number;
  /** Heap after a garbage collection, in bytes. */
  readonly heap: number;
  /** Processor time used so far, in ms. */
  readonly cpuMs: number;
}

const ROUNDS = 9;

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

const startMs = await timeStart();
const server = await EmbeddedZooKeeper.start();

function costs(): Costs {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  return { port: server.port, startMs, heap: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1_000 };
}

process.on('message', () => process.send?.(costs()));
process.on('disconnect', () => process.exit());
process.send?.(costs());
