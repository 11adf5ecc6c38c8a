import type { KnownZnode, KnownZnodes, TreeNode } from '../changes/index.js';
import type { KnownNode } from './known-node.js';
import type { PathMap } from './path-map.js';
import type { Tree } from './types.js';

/** The znodes of a tree at one moment. */
export class TreeSnapshot implements Tree {
  readonly root: string;
  readonly position: bigint;
  /** Of the client: positions of different epochs are not comparable. */
  readonly epoch: number | undefined;
  readonly #nodes: PathMap<KnownNode>;

  constructor(root: string, nodes: PathMap<KnownNode>, position: bigint, epoch: number | undefined) {
    this.root = root;
    this.position = position;
    this.epoch = epoch;
    this.#nodes = nodes;
    Object.freeze(this);
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(path: string): TreeNode | undefined {
    return this.#nodes.get(path);
  }

  has(path: string): boolean {
    return this.#nodes.get(path) !== undefined;
  }

  children(path: string): readonly string[] {
    const length = path === '/' ? 1 : path.length + 1;
    return Array.from(this.#nodes.children(path), (child) => child.path.slice(length));
  }

  under(path: string): Iterable<TreeNode> {
    const nodes = this.#nodes;
    return { [Symbol.iterator]: () => nodes.under(path) };
  }

  [Symbol.iterator](): Iterator<TreeNode> {
    return this.#nodes[Symbol.iterator]();
  }

  /** Called by `JSON.stringify`: a description for logs. */
  toJSON(): object {
    return { root: this.root, size: this.size, position: `${this.position}` };
  }

  /** The same znodes, in the same order. */
  nodes(): Iterable<KnownNode> {
    return this.#nodes;
  }

  /** As a checkpoint keeps them. */
  toKnownZnodes(): KnownZnodes {
    const nodes = this.#nodes;
    return { size: nodes.size, [Symbol.iterator]: () => knownZnodes(nodes) };
  }
}

function* knownZnodes(nodes: PathMap<KnownNode>): Generator<KnownZnode> {
  for (const { path, stat, unreadable } of nodes) {
    const { czxid, mzxid, ephemeralOwner } = stat;
    yield { path, czxid, mzxid, isEphemeral: ephemeralOwner !== 0n, isUnreadable: unreadable };
  }
}
