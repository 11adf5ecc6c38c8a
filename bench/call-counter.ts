import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { now } from './clock.js';
import type { Counts } from './contender-protocol.js';

/** What calls cost, as far as they tell it themselves. */
type CallCounts = Omit<Counts, 'longestBlockMs' | 'connectedAt'>;

/** How often the event loop is looked at, in ms: a block is known that exactly. */
const RESOLUTION = 1;
/** Enough for the event loop to be looked at. */
const SETTLED_MS = 50;

/** What is awaited of the watches, and what it cost. */
interface Wait {
  /** The number that a call must bring; null: the first call of a watch, whatever it brings. */
  readonly sequence: number | null;
  missing: number;
  calls: number;
  readonly cpuBefore: NodeJS.CpuUsage;
  readonly done: (counts: CallCounts) => void;
}

/** Counts the calls of many watches, until the change that is awaited has come to each of them. */
export class CallCounter {
  readonly #last: Float64Array;
  #wait: Wait | null = null;

  constructor(watches: number) {
    this.#last = new Float64Array(watches).fill(-1);
  }

  /** What a watch calls. */
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

  /** Resolves once so many watches have been called with that; `started` is called as soon as it counts. */
  async until(sequence: number | null, watches: number, started: () => void): Promise<CallCounts> {
    return new Promise((done) => {
      this.#wait = { sequence, missing: watches, calls: 0, cpuBefore: process.cpuUsage(), done };
      started();
    });
  }
}

/** Also measures the longest time for which the event loop stood still. */
export async function withLongestBlock<T extends object>(
  action: () => Promise<T>,
): Promise<T & { longestBlockMs: number }> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  // Its first look at the clock is the start of the first interval: a block before it would not be seen.
  await pause(SETTLED_MS);
  delays.reset();
  await pause(SETTLED_MS);
  const result = await action();
  await pause(SETTLED_MS);
  delays.disable();
  return { ...result, longestBlockMs: delays.max / 1e6 - RESOLUTION };
}
