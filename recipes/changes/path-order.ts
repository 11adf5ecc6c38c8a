const SLASH = 47;

/**
 * Compares two paths so that a znode is directly followed by everything below it: parents come before their children,
 * and siblings are sorted by name. (A plain comparison puts `/a-b` between `/a` and `/a/b`.)
 *
 * @param from both paths are equal before this index
 */
export function comparePaths(a: string, b: string, from = 0): number {
  const end = Math.min(a.length, b.length);
  for (let index = from; index < end; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    if (left === SLASH) return -1;
    return right === SLASH ? 1 : left - right;
  }
  return a.length - b.length;
}

/** Whether the path is the root or below it: `/ab` is not below `/a`. */
export function isWithin(root: string, path: string): boolean {
  return (
    root === '/' || (path.startsWith(root) && (path.length === root.length || path.charCodeAt(root.length) === SLASH))
  );
}
