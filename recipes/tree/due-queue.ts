import { TREE } from '../../lib/core/limits.js';
import { type Due, PARTS } from './reading.js';
import type { Work } from './slices.js';

/** The znodes that a round of reads has to read: each once, parents before their children. */
export class DueQueue {
  /** The parts to be read of each path that waits, in the order in which they came. */
  readonly #parts = new Map<string, number>();
  /** Goes on with what is added later, until it has come to the end. */
  #front: Iterator<[string, number]> | undefined;
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
    const byLength = new Map<number, Due[]>();
    let count = 0;
    for (const [path, parts] of dirty) {
      const dues = byLength.get(path.length);
      if (dues) dues.push({ path, parts });
      else byLength.set(path.length, [{ path, parts }]);
      count += 1;
      if (count % TREE.mergedAtOnce === 0) yield;
    }
    for (const length of [...byLength.keys()].sort((a, b) => a - b)) {
      for (const due of byLength.get(length) ?? []) {
        this.add(due);
        count += 1;
        if (count % TREE.mergedAtOnce === 0) yield;
      }
    }
  }

  /** Whether `all` was not read to its end. */
  get hasMoreOfAll(): boolean {
    return !this.#isAllTaken;
  }

  add({ path, parts }: Due): void {
    this.#parts.set(path, (this.#parts.get(path) ?? 0) | parts);
  }

  /** Removes up to so many from the front. */
  take(most: number): Due[] {
    const taken: Due[] = [];
    while (taken.length < most && this.#parts.size > 0) {
      this.#front ??= this.#parts[Symbol.iterator]();
      const { value, done } = this.#front.next();
      if (done) {
        this.#front = undefined;
        continue;
      }
      const [path, parts] = value;
      taken.push({ path, parts });
      this.#parts.delete(path);
    }
    while (taken.length < most && !this.#isAllTaken) {
      const next = this.#all?.next();
      if (next === undefined || next.done) this.#isAllTaken = true;
      else taken.push({ path: next.value.path, parts: PARTS.all });
    }
    return taken;
  }

  /** Those that were not taken, or were added again. */
  waiting(): Iterable<Due> {
    return Array.from(this.#parts, ([path, parts]) => ({ path, parts }));
  }
}
