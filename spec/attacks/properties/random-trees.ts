import type { ZooKeeperClient } from '../../../index.js';
import { codeOf } from '../../../lib/core/errors.js';
import { childOf } from '../../../lib/core/paths.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { type AuditedNode, auditedOf } from '../../oracle/tree-audit.js';

/** Names that sort around the slash, and one that is a prefix of another. */
const NAMES = ['a', 'b', 'ab', 'b-', 'c'];
const DEEPEST = 4;
/** Operations on their way at once. */
const AT_ONCE = 20;

/** Failures of operations that were not possible, and of those whose outcome a fault has hidden. */
const EXPECTED: ReadonlySet<unknown> = new Set([
  'NO_NODE',
  'NODE_EXISTS',
  'NOT_EMPTY',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'CONNECTION_LOSS',
  'SESSION_EXPIRED',
]);

/** Changes a tree at random, from the root on. */
export class RandomTreeWriter {
  readonly #client: ZooKeeperClient;
  readonly #root: string;
  readonly #random: SeededRandom;
  #operations = 0;

  constructor(client: ZooKeeperClient, root: string, random: SeededRandom) {
    this.#client = client;
    this.#root = root;
    this.#random = random;
  }

  /** The number of operations so far. */
  get operations(): number {
    return this.#operations;
  }

  async write(count: number): Promise<void> {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const portion = Array.from({ length: Math.min(left, AT_ONCE) }, () => this.#operate());
      await Promise.all(portion);
    }
  }

  async #operate(): Promise<void> {
    this.#operations += 1;
    const operation = this.#choose(`value ${this.#operations}`);
    try {
      await operation();
    } catch (error) {
      if (!EXPECTED.has(codeOf(error))) throw error;
    }
  }

  #choose(data: string): () => Promise<unknown> {
    const [client, random] = [this.#client, this.#random];
    const path = this.#path();
    const kind = random.weighted({ create: 30, ephemeral: 4, set: 30, delete: 16, prune: 4, replace: 6, several: 10 });
    switch (kind) {
      case 'create':
        return () => client.create(path, data, { makePath: random.chance(0.5) });
      case 'ephemeral':
        return () => client.create(path, data, { mode: 'ephemeral' });
      case 'set':
        return () => client.setData(path, data);
      case 'delete':
        return () => client.delete(path);
      case 'prune':
        return () => client.deleteRecursive(path);
      case 'replace':
        return () => client.transaction().delete(path).create(path, data).commit();
      case 'several': {
        const [other, third] = [this.#path(), this.#path()];
        return () => client.transaction().setData(path, data).create(other, data).delete(third).commit();
      }
    }
  }

  /** Most are at the root's children and grandchildren; the root itself is rare. */
  #path(): string {
    const depth = this.#random.weighted({ 0: 1, 1: 20, 2: 35, 3: 30, [DEEPEST]: 14 });
    let path = this.#root;
    for (let level = 0; level < Number(depth); level += 1) path = childOf(path, this.#random.pick(NAMES));
    return path;
  }
}

/** All znodes from a path on, read one by one while nothing changes. */
export async function readZnodes(client: ZooKeeperClient, root: string): Promise<Map<string, AuditedNode>> {
  const nodes = new Map<string, AuditedNode>();
  const read = async (path: string): Promise<void> => {
    const [{ data, stat }, { children }] = await Promise.all([client.getData(path), client.getChildren(path)]);
    nodes.set(path, auditedOf({ path, data, stat, unreadable: false }));
    await Promise.all(children.map((name) => read(childOf(path, name))));
  };
  if (await client.exists(root)) await read(root);
  return nodes;
}
