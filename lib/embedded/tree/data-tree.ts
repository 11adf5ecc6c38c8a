import type { Acl } from '../../core/coordination-client.js';
import { OPEN_ACL } from '../../core/open-acl.js';
import { parentOf } from '../../core/paths.js';
import { READ_ONLY_ACL } from './acl.js';
import { Quotas } from './quotas.js';
import { ownershipOf, Znode } from './znode.js';

/** Receives each change after it was made, in the order in which ZooKeeper fires its watches. */
export interface TreeListener {
  created(path: string, znode: Znode): void;
  deleted(path: string, znode: Znode): void;
  dataChanged(path: string, znode: Znode): void;
  childrenChanged(path: string, znode: Znode): void;
}

/** The values of a new znode. */
export interface Creation {
  readonly path: string;
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
  readonly ephemeralOwner: bigint;
  /** The number of children that the parent has ever had, this one included. */
  readonly creations: number;
}

const ORIGIN = { data: Buffer.alloc(0), acl: OPEN_ACL, ephemeralOwner: 0n, zxid: 0n, time: 0 };

/** The znodes by path. Applies changes that were checked before: it has no checks of its own. */
export class DataTree {
  readonly #znodes = new Map<string, Znode>();
  readonly #root = new Znode(ORIGIN);
  readonly #ephemerals = new Map<bigint, Set<string>>();
  /** Containers and TTL znodes, which the server deletes by itself. */
  readonly #expiring = new Set<string>();
  readonly #quotas = new Quotas(this);
  readonly #listener: TreeListener;

  constructor(listener: TreeListener) {
    this.#listener = listener;
    this.#znodes.set('/', this.#root);
    for (const path of ['/zookeeper', '/zookeeper/quota', '/zookeeper/config']) this.#place(path, new Znode(ORIGIN));
    const config = this.#znodes.get('/zookeeper/config');
    if (config) {
      config.acl = READ_ONLY_ACL;
      config.aversion = -1;
    }
  }

  /** The empty path also names the root. */
  get(path: string): Znode | undefined {
    return path === '' ? this.#root : this.#znodes.get(path);
  }

  get size(): number {
    return this.#znodes.size;
  }

  /** The total length of all paths and data. */
  get dataSize(): number {
    let size = 0;
    for (const [path, { data }] of this.#znodes) size += path.length + (data?.length ?? 0);
    return size;
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.#ephemerals.values()) count += paths.size;
    return count;
  }

  /** The paths of the containers and TTL znodes, which the server deletes by itself. */
  get expiring(): ReadonlySet<string> {
    return this.#expiring;
  }

  entries(): MapIterator<[string, Znode]> {
    return this.#znodes.entries();
  }

  sessionsWithEphemerals(): MapIterator<[bigint, Set<string>]> {
    return this.#ephemerals.entries();
  }

  ephemeralsOf(sessionId: bigint): string[] {
    return [...(this.#ephemerals.get(sessionId) ?? [])];
  }

  /** The number of znodes below a path. Below the empty path the root counts, too. */
  countBelow(path: string): number {
    if (path === '' || path === '/') return this.#znodes.size - path.length;
    const prefix = `${path}/`;
    let count = 0;
    for (const each of this.#znodes.keys()) if (each.startsWith(prefix)) count += 1;
    return count;
  }

  create({ path, data, acl, ephemeralOwner, creations }: Creation, zxid: bigint, time: number): Znode {
    const parent = this.#parentOf(path);
    parent.creations = creations;
    parent.pzxid = zxid;
    const znode = new Znode({ data, acl, ephemeralOwner, zxid, time });
    this.#place(path, znode);
    this.#quotas.created(path, znode);
    this.#listener.created(path, znode);
    this.#listener.childrenChanged(parentOf(path) ?? '/', parent);
    return znode;
  }

  delete(path: string, zxid: bigint): void {
    const znode = this.#existing(path);
    const parent = this.#parentOf(path);
    this.#znodes.delete(path);
    parent.children?.delete(nameOf(path));
    parent.pzxid = zxid;
    this.#expiring.delete(path);
    const ephemerals = this.#ephemerals.get(znode.ephemeralOwner);
    ephemerals?.delete(path);
    if (ephemerals?.size === 0) this.#ephemerals.delete(znode.ephemeralOwner);
    this.#quotas.deleted(path, znode);
    this.#listener.deleted(path, znode);
    this.#listener.childrenChanged(parentOf(path) ?? '/', parent);
  }

  setData(path: string, data: Buffer | null, version: number, zxid: bigint, time: number): Znode {
    const znode = this.#existing(path);
    const bytes = (data?.length ?? 0) - (znode.data?.length ?? 0);
    znode.data = data;
    znode.version = version;
    znode.mzxid = zxid;
    znode.mtime = time;
    this.#quotas.dataChanged(path, bytes);
    this.#listener.dataChanged(path, znode);
    return znode;
  }

  setAcl(path: string, acl: readonly Acl[], version: number): Znode {
    const znode = this.#existing(path);
    znode.acl = acl;
    znode.aversion = version;
    return znode;
  }

  /** Restores a znode from a snapshot. For one that every tree begins with, only its fields are replaced. */
  restore(path: string, stored: Znode): void {
    const present = this.#znodes.get(path);
    if (present) present.assume(stored);
    else this.#place(path, stored);
  }

  /** Adds the znode and leaves its parent's counters as they are. */
  #place(path: string, znode: Znode): void {
    const parent = this.#parentOf(path);
    const name = nameOf(path);
    this.#znodes.set(path, znode);
    parent.children ??= new Set();
    parent.children.add(name);
    this.#quotas.placed(path);
    const { ephemeralOwner } = znode;
    const ownership = ownershipOf(ephemeralOwner);
    if (ownership === 'container' || ownership === 'ttl') this.#expiring.add(path);
    if (ownership !== 'ephemeral') return;
    const owned = this.#ephemerals.get(ephemeralOwner);
    if (owned) owned.add(path);
    else this.#ephemerals.set(ephemeralOwner, new Set([path]));
  }

  #parentOf(path: string): Znode {
    return this.#existing(parentOf(path) ?? '/');
  }

  #existing(path: string): Znode {
    const znode = this.#znodes.get(path);
    if (!znode) throw new Error(`the tree has no znode ${path}, though the change was checked before`);
    return znode;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
