import type { Stat, TreeNode } from '../../index.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';

/** A stat with these properties; the others are 0. */
function statWith(properties: Partial<Stat>): Stat {
  const czxid = properties.czxid ?? 1n;
  return new FrozenStat({
    czxid,
    mzxid: czxid,
    pzxid: czxid,
    ctime: 0,
    mtime: 0,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 0,
    numChildren: 0,
    ...properties,
  });
}

/** A znode with this stat and no data. */
export function nodeWith(path: string, properties: Partial<Stat> = {}): TreeNode {
  return { path, stat: statWith(properties), data: Buffer.alloc(0), unreadable: false };
}
