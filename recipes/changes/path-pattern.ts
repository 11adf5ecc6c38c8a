/** A pattern of paths: `*` stands for one name or for a part of one, `**` for any number of names. */
export class PathPattern {
  readonly #names: readonly string[];

  /** @param pattern a valid path, but for its stars */
  constructor(pattern: string) {
    this.#names = namesOf(pattern);
  }

  matches(path: string): boolean {
    return matchesAll(this.#names, namesOf(path), '**', matchesName);
  }
}

function namesOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

function matchesName(pattern: string, name: string): boolean {
  if (pattern === name || pattern === '*') return true;
  return pattern.includes('*') && matchesAll([...pattern], [...name], '*', (one, other) => one === other);
}

/**
 * Compares a list with a pattern in which a wildcard stands for any number of items. After a mismatch only the last
 * wildcard takes one more item: the time is at most the product of the lengths, whatever the pattern.
 */
function matchesAll(
  pattern: readonly string[],
  items: readonly string[],
  wildcard: string,
  matchesOne: (pattern: string, item: string) => boolean,
): boolean {
  let [next, item] = [0, 0];
  let [afterWildcard, resumeAt] = [-1, 0];
  while (item < items.length) {
    const expected = pattern[next];
    if (expected === wildcard) {
      next += 1;
      [afterWildcard, resumeAt] = [next, item];
    } else if (expected !== undefined && matchesOne(expected, items[item] as string)) {
      next += 1;
      item += 1;
    } else if (afterWildcard >= 0) {
      resumeAt += 1;
      [next, item] = [afterWildcard, resumeAt];
    } else return false;
  }
  while (pattern[next] === wildcard) next += 1;
  return next === pattern.length;
}
