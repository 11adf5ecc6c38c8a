/** How a list of children has changed. By their names: a child that was replaced by one of the same name is in neither. */
export interface ChildrenDiff {
  /** Those that are new, sorted; at first all. */
  readonly added: readonly string[];
  /** Those that are gone, sorted. */
  readonly removed: readonly string[];
}

/** Compares two sorted lists. */
export function diffChildren(before: readonly string[], now: readonly string[]): ChildrenDiff {
  const added: string[] = [];
  const removed: string[] = [];
  let [old, fresh] = [0, 0];
  while (old < before.length || fresh < now.length) {
    const [left, right] = [before[old], now[fresh]];
    if (left === right) {
      old += 1;
      fresh += 1;
    } else if (right === undefined || (left !== undefined && left < right)) {
      removed.push(left as string);
      old += 1;
    } else {
      added.push(right);
      fresh += 1;
    }
  }
  return { added, removed };
}
