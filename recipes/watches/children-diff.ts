/**
 * The difference of two lists of children, by name: a child replaced by another of the same name is in neither part.
 */
export interface ChildrenDiff {
  /** The new names, sorted; in the first call, all names. */
  readonly added: readonly string[];
  /** The names that are gone, sorted. */
  readonly removed: readonly string[];
}

/** Compares two sorted lists. */
export function diffChildren(before: readonly string[], now: readonly string[]): ChildrenDiff {
  const added: string[] = [];
  const removed: string[] = [];
  let [old, current] = [0, 0];
  while (old < before.length || current < now.length) {
    const [left, right] = [before[old], now[current]];
    if (left === right) {
      old += 1;
      current += 1;
    } else if (right === undefined || (left !== undefined && left < right)) {
      removed.push(left as string);
      old += 1;
    } else {
      added.push(right);
      current += 1;
    }
  }
  return { added, removed };
}
