import { Fifo } from '../../lib/core/fifo.js';
import { TREE } from '../../lib/core/limits.js';
import { type Due, PARTS } from './reading.js';
import { forEach, sort, type Work } from './slices.js';

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
  #all: Iterator<{ readonly path: string }> | undefined;

  /** @param all znodes that are to be read after the others; parents first */
  constructor(all?: Iterator<{ readonly path: string }>) {
    this.#all = all;
  }

  /** @param dirty the parts by path */
  *fill(dirty: ReadonlyMap<string, number>): Work<void> {
    const dues: QueuedDue[] = [];
    yield* forEach(dirty, TREE.mergedAtOnce, ([path, parts]) => {
      const due = queued(path, parts);
      this.#dirty.set(path, due);
      dues.push(due);
    });
    // A parent's path is shorter than its children's.
    const inOrder = yield* sort(dues, (one, other) => one.path.length - other.path.length);
    yield* forEach(inOrder, TREE.mergedAtOnce, (due) => this.#waiting.push(due));
  }

  /** Whether `all` was not read to its end. */
  get hasMoreOfAll(): boolean {
    return this.#all !== undefined;
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
    while (taken.length < most && this.#all) {
      const { value, done } = this.#all.next();
      if (done) this.#all = undefined;
      else taken.push(queued(value.path, PARTS.all));
    }
    return taken;
  }

  /** The round ends before these were read. */
  putBack(taken: readonly QueuedDue[]): void {
    for (const due of taken) this.#waiting.push(due);
  }

  /** Takes those that were not read. */
  takeWaiting(): Iterable<Due> {
    return this.#waiting.extract(() => true);
  }
}

function queued(path: string, parts: number): QueuedDue {
  return { path, parts, state: 'waiting' };
}
