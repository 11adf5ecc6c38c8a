import type { Checkpoint, TreeChange, TreeNode } from '../changes/index.js';
import type { WatchOptions } from '../delivering/index.js';

/** The known znodes of a tree. It never changes: each call receives another one. Iterating gives parents first. */
export interface Tree extends Iterable<TreeNode> {
  /** The path of the watch. */
  readonly root: string;
  /** The number of znodes; 0 while the root is missing. */
  readonly size: number;
  /** The zxid up to which every change is part of the tree. Newer changes may be part of it. */
  readonly position: bigint;
  /** Returns the znode at a path. */
  get(path: string): TreeNode | undefined;
  /** Returns whether there is a znode at a path. */
  has(path: string): boolean;
  /** Returns the names of a znode's children, sorted; an empty array when there is no such znode. */
  children(path: string): readonly string[];
  /** Gives a znode and all below it: parents before children, and siblings sorted by name. */
  under(path: string): Iterable<TreeNode>;
}

/**
 * The function of a {@link TreeWatch}. The first call has every znode as `created`, unless the watch has `since`.
 *
 * Return `false`, or a promise of `false`, to stop the watch; with any other value it continues.
 */
export type TreeWatchFunction = (tree: Tree, changes: readonly TreeChange[]) => unknown;

/** A turn of a loop over a {@link TreeWatch}: the arguments of a {@link TreeWatchFunction}. */
export interface TreeTurn {
  /** The znodes now. */
  readonly tree: Tree;
  /** The changes since the turn before. */
  readonly changes: readonly TreeChange[];
}

/** Options of a {@link TreeWatch}. */
export interface TreeWatchOptions extends WatchOptions {
  /** Whether the tree has the data of the znodes. Default `true`; without it, reads are smaller. */
  data?: boolean | undefined;
  /** How many levels below the root belong to the tree. Default `Infinity`; 0 is the root alone. */
  depth?: number | undefined;
  /**
   * Whether a znode, and all below it, is left out. Called with paths below the root, some of them several times; must
   * not depend on anything that changes. Watches of a path share their reads if they have the same function.
   */
  ignore?: ((path: string) => boolean) | undefined;
  /**
   * The moment after which changes are reported: the first call has the changes since then, in place of every znode as
   * `created`. With a {@link Checkpoint} it is exact. With a zxid, a znode that was deleted since then is not reported,
   * and `complete` is `false`. A moment that is none of this ensemble's is a warning of the logger, and ignored.
   */
  since?: bigint | Checkpoint | undefined;
  /**
   * Stops the watch, with the reason `idle`, when nothing has changed for so long, in ms. The time counts while the
   * watch is `fresh`. Default `Infinity`.
   */
  maxIdleTimeout?: number | undefined;
}
