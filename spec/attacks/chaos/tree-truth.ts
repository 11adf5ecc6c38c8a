import type { ZooKeeperClient } from '../../../index.js';
import type { AuditedNode } from '../../oracle/tree-audit.js';
import { readTree } from '../../support/read-tree.js';
import type { Nodes } from './followed-tree.js';

/** The whole tree of a run, as the servers hold it at rest. */
export class TreeTruth {
  readonly root: string;
  #nodes: Nodes = new Map();

  constructor(root: string) {
    this.root = root;
  }

  /** By their paths on the server. */
  get paths(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  async read(client: ZooKeeperClient): Promise<void> {
    await client.retry(() => client.sync(this.root));
    this.#nodes = await readTree(client, this.root);
  }

  /** As a client with this chroot names them. */
  below(chroot: string): Nodes {
    const named = [...this.#nodes].map(([path, node]): [string, AuditedNode] => [
      path.slice(chroot.length) || '/',
      node,
    ]);
    return new Map(named);
  }
}
