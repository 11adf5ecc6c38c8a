import type { Stat, TreeNode } from '../../index.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';
import { UNKNOWN_STAT } from '../../recipes/tree/known-node.js';

/** A stat with these properties; the others are 0. */
export function statWith(properties: Partial<Stat>): Stat {
  const czxid = properties.czxid ?? 1n;
  return new FrozenStat({ ...UNKNOWN_STAT, czxid, mzxid: czxid, pzxid: czxid, ...properties });
}

/** A znode with this stat and no data. */
export function nodeWith(path: string, properties: Partial<Stat> = {}): TreeNode {
  return { path, stat: statWith(properties), data: Buffer.alloc(0), unreadable: false };
}
