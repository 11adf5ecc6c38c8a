/** The items in a random order. */
export function shuffle<T>(items: readonly T[]): T[] {
  const shuffled: T[] = [];
  for (const item of items) insertAnywhere(shuffled, item);
  return shuffled;
}

/** Inserts an item at a random place. */
export function insertAnywhere<T>(items: T[], item: T): void {
  items.splice(Math.floor(Math.random() * (items.length + 1)), 0, item);
}
