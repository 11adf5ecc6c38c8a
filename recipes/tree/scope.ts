import { childOf, validatePath } from '../../lib/core/paths.js';
import { isWithin } from '../changes/index.js';

/** The znodes that a tree consists of. */
export class Scope {
  readonly root: string;
  readonly #depth: number;
  readonly #ignore: ((path: string) => boolean) | undefined;
  readonly #report: (error: unknown, part: string) => void;

  /**
   * @param depth of the lowest level; the root's is 0
   * @param ignore the user's: whether a znode and all below it are left out
   * @param report takes what a part of the scope throws
   */
  constructor(
    root: string,
    depth: number,
    ignore: ((path: string) => boolean) | undefined,
    report: (error: unknown, part: string) => void,
  ) {
    this.root = root;
    this.#depth = depth;
    this.#ignore = ignore;
    this.#report = report;
  }

  /** Whether the children of a znode of the tree may be part of it. */
  hasChildren(path: string): boolean {
    return this.#depth === Infinity || this.#depthOf(path) < this.#depth;
  }

  /** Whether a child of a znode that has children here is part of the tree. */
  includesChild(path: string): boolean {
    try {
      // ZooKeeper 3.4 let some characters through that no request may have.
      validatePath(path);
    } catch (error) {
      this.#report(error, '');
      return false;
    }
    try {
      return !this.#ignore?.(path);
    } catch (error) {
      this.#report(error, '`ignore` of ');
      return true;
    }
  }

  /** Whether the znode is part of the tree. */
  includes(path: string): boolean {
    if (path === this.root) return true;
    if (!isWithin(this.root, path) || this.#depthOf(path) > this.#depth) return false;
    return this.#ignore === undefined || this.#ancestorsOf(path).every((each) => this.includesChild(each));
  }

  #depthOf(path: string): number {
    if (path === this.root) return 0;
    const length = this.root === '/' ? 0 : this.root.length;
    let depth = 0;
    for (let at = path.indexOf('/', length); at !== -1; at = path.indexOf('/', at + 1)) depth += 1;
    return depth;
  }

  /** The znodes between the root and the path, and the path itself. */
  #ancestorsOf(path: string): string[] {
    const names = path.slice(this.root === '/' ? 1 : this.root.length + 1).split('/');
    let ancestor = this.root;
    return names.map((name) => {
      ancestor = childOf(ancestor, name);
      return ancestor;
    });
  }
}
