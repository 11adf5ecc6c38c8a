import { TREE } from '../../lib/core/limits.js';
import { isSliceOver, nextSlice } from '../../lib/core/slices.js';

/** Work that may be interrupted wherever it yields. */
export type Work<T> = Generator<void, T>;

/** Does the work at once when it is short, and otherwise in slices. */
export function inSlices<T>(work: Work<T>): T | Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (isSliceOver()) return continueInSlices(work);
  }
}

async function continueInSlices<T>(work: Work<T>): Promise<T> {
  for (;;) {
    if (isSliceOver()) await nextSlice();
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Takes each item, and may be interrupted after each `atOnce` of them. */
export function* forEach<T>(items: Iterable<T>, atOnce: number, take: (item: T) => void): Work<void> {
  let count = 0;
  for (const item of items) {
    take(item);
    count += 1;
    if (count % atOnce === 0) yield;
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
