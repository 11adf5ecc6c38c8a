import { TREE } from '../../lib/core/limits.js';

/** Divides long work into slices, between which the event loop turns. */
export class Slices {
  #begun = performance.now();

  /** Whether the present slice has lasted long enough: `await next()`. */
  get isOver(): boolean {
    return performance.now() - this.#begun >= TREE.slice;
  }

  /** Resolves in the next turn of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#begun = performance.now();
        resolve();
      });
    });
  }
}

/** Work that may be interrupted wherever it yields. */
export type Work<T> = Generator<void, T>;

/** Does the work at once when it is short, and otherwise in slices. */
export function inSlices<T>(work: Work<T>, slices = new Slices()): T | Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (slices.isOver) return continueInSlices(work, slices);
  }
}

async function continueInSlices<T>(work: Work<T>, slices: Slices): Promise<T> {
  for (;;) {
    if (slices.isOver) await slices.next();
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Returns the items sorted. */
export function* sort<T>(items: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  const runs: T[][] = [];
  for (let start = 0; start < items.length; start += TREE.sortedAtOnce) {
    runs.push(items.slice(start, start + TREE.sortedAtOnce).sort(compare));
    yield;
  }
  while (runs.length > 1) runs.push(yield* merge(runs.shift() as T[], runs.shift() as T[], compare));
  return runs[0] ?? [];
}

function* merge<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): Work<T[]> {
  const merged: T[] = [];
  let [left, right] = [0, 0];
  // Znodes are often created in the order in which they are read.
  if (compare(a.at(-1) as T, b[0] as T) <= 0) return [...a, ...b];
  while (left < a.length && right < b.length) {
    if (compare(a[left] as T, b[right] as T) <= 0) {
      merged.push(a[left] as T);
      left += 1;
    } else {
      merged.push(b[right] as T);
      right += 1;
    }
    if (merged.length % TREE.sortedAtOnce === 0) yield;
  }
  return merged.concat(a.slice(left), b.slice(right));
}
