import { Fifo } from '../../lib/core/fifo.js';
import { TREE } from '../../lib/core/limits.js';
import { type Due, PARTS } from './reading.js';
import type { Work } from './slices.js';

/** A znode of a queue. Until it is taken, its parts may grow. */
export interface QueuedDue extends Due {
  parts: number;
  state: 'waiting' | 'taken' | 'read';
}

/** The znodes that a round of reads has to read, parents before their children. Dirty ones are not read twice. */
export class DueQueue {
  readonly #waiting = new Fifo<QueuedDue>();
  /** Those that were dirty, by path: many others follow from them, which nobody else asks for. */
  readonly #dirty = new Map<string, QueuedDue>();
  readonly #all: Iterator<{ readonly path: string }> | undefined;
  #isAllTaken: boolean;

  /** @param all znodes that are to be read after the others; parents first */
  constructor(all?: Iterator<{ readonly path: string }>) {
    this.#all = all;
    this.#isAllTaken = !all;
  }

  /** @param dirty the parts by path */
  *fill(dirty: ReadonlyMap<string, number>): Work<void> {
    // A parent's path is shorter than its children's.
    const byLength = new Map<number, QueuedDue[]>();
    let count = 0;
    for (const [path, parts] of dirty) {
      const due = queued(path, parts);
      const dues = byLength.get(path.length);
      if (dues) dues.push(due);
      else byLength.set(path.length, [due]);
      this.#dirty.set(path, due);
      count += 1;
      if (count % TREE.mergedAtOnce === 0) yield;
    }
    for (const length of [...byLength.keys()].sort((a, b) => a - b)) {
      for (const due of byLength.get(length) ?? []) {
        this.#waiting.push(due);
        count += 1;
        if (count % TREE.mergedAtOnce === 0) yield;
      }
    }
  }

  /** Whether `all` was not read to its end. */
  get hasMoreOfAll(): boolean {
    return !this.#isAllTaken;
  }

  /** A reading says that these parts have to be read, if they are not on their way. */
  add({ path, parts }: Due): void {
    const dirty = this.#dirty.size > 0 ? this.#dirty.get(path) : undefined;
    if (dirty?.state === 'waiting') dirty.parts |= parts;
    else if (dirty?.state !== 'taken') this.#waiting.push(queued(path, parts));
  }

  /** Removes up to so many from the front. */
  take(most: number): QueuedDue[] {
    const taken: QueuedDue[] = [];
    while (taken.length < most) {
      const due = this.#waiting.shift();
      if (!due) break;
      due.state = 'taken';
      taken.push(due);
    }
    while (taken.length < most && !this.#isAllTaken) {
      const next = this.#all?.next();
      if (next === undefined || next.done) this.#isAllTaken = true;
      else taken.push(queued(next.value.path, PARTS.all));
    }
    return taken;
  }

  /** Those that were taken wait again. */
  putBack(taken: readonly QueuedDue[]): void {
    for (const { path, parts } of taken) this.#waiting.push(queued(path, parts));
  }

  /** Takes those that were not taken, or were added again. */
  takeWaiting(): Iterable<Due> {
    return this.#waiting.extract(() => true);
  }
}

function queued(path: string, parts: number): QueuedDue {
  return { path, parts, state: 'waiting' };
}
