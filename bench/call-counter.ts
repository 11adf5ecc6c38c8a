import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.js';
import type { Counts } from './contender-protocol.js';

/** The counts that the calls themselves yield. */
type CallCounts = Omit<Counts, 'longestBlockMs' | 'connectedAt'>;

/** The interval at which the event loop is sampled, in ms, and so the precision of a block's length. */
const RESOLUTION = 1;
/** Long enough for a sample of the event loop. */
const SETTLED_MS = 50;

/** One wait for calls of the watches, and the cost so far. */
interface Wait {
  /** The number that a call must bring; null accepts the first call of a watch with any data. */
  readonly sequence: number | null;
  missing: number;
  calls: number;
  readonly cpuBefore: NodeJS.CpuUsage;
  readonly done: (counts: CallCounts) => void;
}

/** Counts the calls of many watches until each of them was called with the awaited change. */
export class CallCounter {
  readonly #last: Float64Array;
  #wait: Wait | null = null;

  constructor(watches: number) {
    this.#last = new Float64Array(watches).fill(-1);
  }

  /** Counts one call of a watch. */
  called(watch: number, data: Buffer | null): void {
    const wait = this.#wait;
    const sequence = Number(data?.toString('latin1'));
    const before = this.#last[watch];
    this.#last[watch] = sequence;
    if (!wait) return;
    wait.calls += 1;
    if (wait.sequence === null ? before !== -1 : sequence !== wait.sequence || before === sequence) return;
    wait.missing -= 1;
    if (wait.missing > 0) return;
    const endedAt = now();
    const { user, system } = process.cpuUsage(wait.cpuBefore);
    this.#wait = null;
    wait.done({ endedAt, calls: wait.calls, cpuMs: (user + system) / 1e3 });
  }

  /** Resolves when that many watches were called with the number; calls `started` when counting has begun. */
  async until(sequence: number | null, watches: number, started: () => void): Promise<CallCounts> {
    return new Promise((done) => {
      this.#wait = { sequence, missing: watches, calls: 0, cpuBefore: process.cpuUsage(), done };
      started();
    });
  }
}

/** Adds the longest time for which the event loop was blocked during the action. */
export async function withLongestBlock<T extends object>(
  action: () => Promise<T>,
): Promise<T & { longestBlockMs: number }> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  // The first sample starts the first interval: an earlier block would not be measured.
  await pause(SETTLED_MS);
  delays.reset();
  await pause(SETTLED_MS);
  const result = await action();
  await pause(SETTLED_MS);
  delays.disable();
  return { ...result, longestBlockMs: delays.max / 1e6 - RESOLUTION };
}
