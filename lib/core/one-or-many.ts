/** One item as itself, several as a Set: of a hundred thousand paths nearly each has one, and a Set is 200 bytes. */
export type OneOrMany<T extends object> = T | Set<T>;

/** With one more. */
export function withOne<T extends object>(present: OneOrMany<T> | undefined, item: T): OneOrMany<T> {
  if (present === undefined || present === item) return item;
  return present instanceof Set ? present.add(item) : new Set([present, item]);
}

/** Without this one; `undefined` when none is left. */
export function withoutOne<T extends object>(present: OneOrMany<T> | undefined, item: T): OneOrMany<T> | undefined {
  if (!(present instanceof Set)) return present === item ? undefined : present;
  present.delete(item);
  return present.size === 0 ? undefined : present;
}

/** Whether it is one of them. */
export function isOneOf<T extends object>(present: OneOrMany<T> | undefined, item: T): boolean {
  return present instanceof Set ? present.has(item) : present === item;
}

/** All of them, as they are now. */
export function allOf<T extends object>(present: OneOrMany<T> | undefined): T[] {
  if (present === undefined) return [];
  return present instanceof Set ? [...present] : [present];
}
