import type { Stat } from '../../lib/core/coordination-client.js';
import { FrozenStat } from '../../lib/core/frozen-stat.js';
import type { Identity, TreeNode } from '../changes/index.js';
import { type KeptData, keepData, toBuffer } from '../observing/index.js';

/** A znode of a tree. All watches of the tree share it, so it is frozen, and hands out copies of its data. */
export class KnownNode implements TreeNode {
  readonly path: string;
  readonly stat: Stat;
  /** `null` without data; `undefined` for a znode that may not be read. */
  readonly #data: KeptData | null | undefined;

  private constructor(path: string, stat: Stat, data: KeptData | null | undefined) {
    this.path = path;
    this.stat = FrozenStat.of(stat);
    this.#data = data;
    Object.freeze(this);
  }

  /** @param data `null` when it is not wanted */
  static readable(path: string, stat: Stat, data: Buffer | null): KnownNode {
    return new KnownNode(path, stat, data && keepData(data));
  }

  static unreadable(path: string, stat: Stat): KnownNode {
    return new KnownNode(path, stat, undefined);
  }

  get data(): Buffer | null {
    const data = this.#data;
    return data === undefined || data === null ? null : toBuffer(data);
  }

  get unreadable(): boolean {
    return this.#data === undefined;
  }

  /** The same znode with a newer stat, which is about the same data. */
  withStat(stat: Stat): KnownNode {
    const { pzxid, cversion, aversion, numChildren } = this.stat;
    const isSame =
      stat.pzxid === pzxid &&
      stat.cversion === cversion &&
      stat.aversion === aversion &&
      stat.numChildren === numChildren;
    return isSame ? this : new KnownNode(this.path, stat, this.#data);
  }

  /** Whether nothing that a watch reports has changed. Data is compared, as a restore can reuse zxids. */
  isSame(now: KnownNode): boolean {
    if (this.stat.czxid !== now.stat.czxid || this.stat.mzxid !== now.stat.mzxid) return false;
    return (
      this.#data === now.#data ||
      (Buffer.isBuffer(this.#data) && Buffer.isBuffer(now.#data) && this.#data.equals(now.#data))
    );
  }
}

/** The stat of a znode that the server says nothing about, but that it exists. */
export const UNKNOWN_STAT = new FrozenStat({
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
});

/** Whether a zxid of a znode is that of its stat. No other znode than `/` has zxid 0. */
export const isKnownZxid = (zxid: bigint): boolean => zxid !== UNKNOWN_STAT.czxid;

/** Whether two czxids are those of different znodes. */
export const isOtherZnode = (before: bigint, now: bigint): boolean =>
  before !== now && isKnownZxid(before) && isKnownZxid(now);

/** Versions restart at 0 when a znode is recreated; zxids only grow. */
export const NODE_IDENTITY: Identity<KnownNode> = {
  isSame: (before, now) => before === now || before.isSame(now),
  isRecreated: (before, now) => isOtherZnode(before.stat.czxid, now.stat.czxid),
};
