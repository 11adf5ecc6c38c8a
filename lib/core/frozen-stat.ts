import type { Stat } from './coordination-client.js';

/**
 * A stat that nobody can change. The constructor assigns every property in one order, so that all instances share one
 * layout: a hundred thousand of them may be kept.
 */
export class FrozenStat implements Stat {
  readonly czxid: bigint;
  readonly mzxid: bigint;
  readonly pzxid: bigint;
  readonly ctime: number;
  readonly mtime: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: bigint;
  readonly dataLength: number;
  readonly numChildren: number;

  constructor(stat: Stat) {
    this.czxid = stat.czxid;
    this.mzxid = sameOr(stat.czxid, stat.mzxid);
    this.pzxid = sameOr(stat.czxid, stat.pzxid);
    this.ctime = stat.ctime;
    this.mtime = stat.mtime;
    this.version = stat.version;
    this.cversion = stat.cversion;
    this.aversion = stat.aversion;
    this.ephemeralOwner = sameOr(0n, stat.ephemeralOwner);
    this.dataLength = stat.dataLength;
    this.numChildren = stat.numChildren;
    Object.freeze(this);
  }

  /** The stat itself when it is frozen; a frozen copy of a third-party client's. */
  static of(stat: Stat): FrozenStat {
    return stat instanceof FrozenStat ? stat : new FrozenStat(stat);
  }

  /** Called by `JSON.stringify`, which has no form for bigints. Returns them as decimal strings. */
  toJSON(): Record<keyof Stat, string | number> {
    const entries = Object.entries(this).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}` : value]);
    return Object.fromEntries(entries);
  }
}

/** Reuses an equal bigint: each is an object. */
function sameOr(known: bigint, value: bigint): bigint {
  return value === known ? known : value;
}
