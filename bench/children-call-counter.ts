import { now } from './clock.js';

/** One wait for a call of the watch, and the cost so far. */
interface Wait {
  /** The child that the list must have; null accepts any list. */
  readonly lastChild: string | null;
  calls: number;
  readonly cpuBefore: NodeJS.CpuUsage;
  readonly done: (counts: Counts) => void;
}

interface Counts {
  readonly endedAt: number;
  readonly calls: number;
  readonly cpuMs: number;
  readonly children: string[];
}

/** Counts the calls of one children watch until a list has the awaited child. */
export class ChildrenCallCounter {
  #wait: Wait | null = null;

  /** Counts one call of the watch. */
  called(children: string[]): void {
    const endedAt = now();
    const wait = this.#wait;
    if (!wait) return;
    wait.calls += 1;
    if (wait.lastChild !== null && !children.includes(wait.lastChild)) return;
    const { user, system } = process.cpuUsage(wait.cpuBefore);
    this.#wait = null;
    wait.done({ endedAt, calls: wait.calls, cpuMs: (user + system) / 1e3, children });
  }

  /** Resolves when the watch was called with a list that has the child; calls `started` when counting has begun. */
  until(lastChild: string | null, started: () => void): Promise<Counts> {
    return new Promise((done) => {
      this.#wait = { lastChild, calls: 0, cpuBefore: process.cpuUsage(), done };
      started();
    });
  }
}
