import { now } from './clock.js';

/** What is awaited of the watch, and what it cost. */
interface Wait {
  /** The child that the list must have; null: any list. */
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

/** Counts the calls of one children watch, until a list has the child that is awaited. */
export class ChildrenCallCounter {
  #wait: Wait | null = null;

  /** What the watch calls. */
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

  /** Resolves once the watch has been called with a list that has it; `started` is called as soon as it counts. */
  until(lastChild: string | null, started: () => void): Promise<Counts> {
    return new Promise((done) => {
      this.#wait = { lastChild, calls: 0, cpuBefore: process.cpuUsage(), done };
      started();
    });
  }
}
