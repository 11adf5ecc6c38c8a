/** One item as itself, several as a Set: nearly every path has one watcher, and a Set costs 200 bytes. */
export type OneOrMany<T extends object> = T | Set<T>;

/** Adds an item. */
export function withOne<T extends object>(present: OneOrMany<T> | undefined, item: T): OneOrMany<T> {
  if (present === undefined || present === item) return item;
  return present instanceof Set ? present.add(item) : new Set([present, item]);
}

/** Removes an item; `undefined` when none is left. */
export function withoutOne<T extends object>(present: OneOrMany<T> | undefined, item: T): OneOrMany<T> | undefined {
  if (!(present instanceof Set)) return present === item ? undefined : present;
  present.delete(item);
  return present.size === 0 ? undefined : present;
}

/** A copy of all items. */
export function allOf<T extends object>(present: OneOrMany<T> | undefined): T[] {
  if (present === undefined) return [];
  return present instanceof Set ? [...present] : [present];
}
