import type { Acl, Stat } from '../../core/coordination-client.js';

/** The `ephemeralOwner` of a container. */
export const CONTAINER_OWNER = -(2n ** 63n);

const TTL_MARK = 0xff00_0000_0000_0000n;

/** The longest TTL that fits beside the mark: about 34 years, in ms. */
export const LONGEST_TTL = 2n ** 40n - 1n;

/** The `ephemeralOwner` of a TTL znode, which encodes the TTL. */
export function ttlOwner(ttl: bigint): bigint {
  return BigInt.asIntN(64, TTL_MARK | ttl);
}

/** The TTL in ms that an `ephemeralOwner` encodes. */
export function ttlOf(owner: bigint): number {
  return Number(owner & LONGEST_TTL);
}

/** Decides when the server deletes a znode: never, with its session, once it has no children, or after its TTL. */
export type Ownership = 'persistent' | 'ephemeral' | 'container' | 'ttl';

/** The ownership that an `ephemeralOwner` encodes. */
export function ownershipOf(owner: bigint): Ownership {
  if (owner === 0n) return 'persistent';
  if (owner === CONTAINER_OWNER) return 'container';
  return (BigInt.asUintN(64, owner) & TTL_MARK) === TTL_MARK ? 'ttl' : 'ephemeral';
}

/** The initial values of a znode. */
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
  /** The number of children that were ever created, which numbers sequential names. */
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

  /** Copies all fields of another znode except its children. */
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
      // Creations plus deletions, and deletions are creations minus the children that exist.
      cversion: (2 * this.creations - numChildren) | 0,
      aversion: this.aversion,
      // ZooKeeper does not show the marks of containers and TTLs to clients.
      ephemeralOwner: ownershipOf(this.ephemeralOwner) === 'ephemeral' ? this.ephemeralOwner : 0n,
      dataLength: this.data?.length ?? 0,
      numChildren,
    };
  }
}
