import type { Acl, Stat } from '../../core/coordination-client.js';

/** The owner of a container. */
export const CONTAINER_OWNER = -(2n ** 63n);

const TTL_MARK = 0xff00_0000_0000_0000n;

/** About 34 years, in ms: what fits beside the mark. */
export const LONGEST_TTL = 2n ** 40n - 1n;

/** The owner of a znode with a time to live, which is kept there. */
export function ttlOwner(ttl: bigint): bigint {
  return BigInt.asIntN(64, TTL_MARK | ttl);
}

/** The time to live in ms that an owner stands for. */
export function ttlOf(owner: bigint): number {
  return Number(owner & LONGEST_TTL);
}

/** What the owner says that a znode is. */
export function kindOf(owner: bigint): 'persistent' | 'ephemeral' | 'container' | 'ttl' {
  if (owner === 0n) return 'persistent';
  if (owner === CONTAINER_OWNER) return 'container';
  return (BigInt.asUintN(64, owner) & TTL_MARK) === TTL_MARK ? 'ttl' : 'ephemeral';
}

/** What a znode starts with. */
export interface ZnodeOrigin {
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
  readonly ephemeralOwner: bigint;
  readonly zxid: bigint;
  readonly time: number;
}

/** One znode of the tree. */
export class Znode {
  data: Buffer | null;
  acl: readonly Acl[];
  czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  ctime: number;
  mtime: number;
  version = 0;
  aversion = 0;
  /** How many children were ever created: sequential names count on from it. */
  creations = 0;
  ephemeralOwner: bigint;
  children: Set<string> | null = null;

  constructor({ data, acl, ephemeralOwner, zxid, time }: ZnodeOrigin) {
    this.data = data;
    this.acl = acl;
    this.ephemeralOwner = ephemeralOwner;
    this.czxid = zxid;
    this.mzxid = zxid;
    this.pzxid = zxid;
    this.ctime = time;
    this.mtime = time;
  }

  /** Takes the data and the numbers of another, and keeps the children. */
  assume({ children: _, ...other }: Znode): void {
    Object.assign(this, other);
  }

  get numChildren(): number {
    return this.children?.size ?? 0;
  }

  get stat(): Stat {
    const { numChildren } = this;
    return {
      czxid: this.czxid,
      mzxid: this.mzxid,
      pzxid: this.pzxid,
      ctime: this.ctime,
      mtime: this.mtime,
      version: this.version,
      // Creations and deletions: as many were deleted as are not there any more.
      cversion: (2 * this.creations - numChildren) | 0,
      aversion: this.aversion,
      // The mark of a container or of a time to live is nobody's business.
      ephemeralOwner: kindOf(this.ephemeralOwner) === 'ephemeral' ? this.ephemeralOwner : 0n,
      dataLength: this.data?.length ?? 0,
      numChildren,
    };
  }
}
