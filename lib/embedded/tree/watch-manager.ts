import type { Acl, WatchedEvent } from '../../core/coordination-client.js';
import type { TreeListener } from './data-tree.js';
import { type WatchMode, WatchTable } from './watch-table.js';
import type { Znode } from './znode.js';

/** Who is told of an event: a connection. */
export interface EventTarget {
  notify(type: WatchedEvent['type'], path: string): void;
  /** Whether it may know of what happens to a znode with this ACL. */
  mayRead(acl: readonly Acl[]): boolean;
}

/** What SetWatches asks to be armed. */
export interface WatchesToSet {
  readonly relativeZxid: bigint;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent?: readonly string[];
  readonly persistentRecursive?: readonly string[];
}

/** Which watches a request is about: 1 those of children, 2 those of data, 3 any. */
export type WatchType = 1 | 2 | 3;

/** The watches of all connections, fired by the changes of the tree. */
export class WatchManager implements TreeListener {
  readonly data = new WatchTable<EventTarget>();
  readonly child = new WatchTable<EventTarget>();

  get size(): number {
    return this.data.size + this.child.size;
  }

  created(path: string, znode: Znode): void {
    this.#tell(this.data.fire(path, 'NodeCreated'), 'NodeCreated', path, znode);
  }

  deleted(path: string, znode: Znode): void {
    const told = this.data.fire(path, 'NodeDeleted');
    // One event for a deletion, also to who watches both the data and the children.
    for (const target of this.child.fire(path, 'NodeDeleted')) told.add(target);
    this.#tell(told, 'NodeDeleted', path, znode);
  }

  dataChanged(path: string, znode: Znode): void {
    this.#tell(this.data.fire(path, 'NodeDataChanged'), 'NodeDataChanged', path, znode);
  }

  childrenChanged(path: string, znode: Znode): void {
    this.#tell(this.child.fire(path, 'NodeChildrenChanged'), 'NodeChildrenChanged', path, znode);
  }

  /** A watch that stays until it is removed, on a znode, or on it and all below. */
  addPersistent(path: string, target: EventTarget, mode: Exclude<WatchMode, 'standard'>): void {
    this.data.add(path, target, mode);
    this.child.add(path, target, mode);
  }

  /** Arms what has not changed since the relative zxid, and tells at once of what has, also what may not be read. */
  set(watches: WatchesToSet, target: EventTarget, find: (path: string) => Znode | undefined): void {
    for (const path of watches.data) {
      const znode = find(path);
      if (!znode) target.notify('NodeDeleted', path);
      else if (znode.mzxid > watches.relativeZxid) target.notify('NodeDataChanged', path);
      else this.data.add(path, target, 'standard');
    }
    for (const path of watches.exist) {
      const znode = find(path);
      if (znode) target.notify('NodeCreated', path);
      else this.data.add(path, target, 'standard');
    }
    for (const path of watches.child) {
      const znode = find(path);
      if (!znode) target.notify('NodeDeleted', path);
      else if (znode.pzxid > watches.relativeZxid) target.notify('NodeChildrenChanged', path);
      else this.child.add(path, target, 'standard');
    }
    for (const path of watches.persistent ?? []) this.addPersistent(path, target, 'persistent');
    for (const path of watches.persistentRecursive ?? []) this.addPersistent(path, target, 'persistent-recursive');
  }

  /** Whether there is one on the path, of whatever connection: as the real server has it before 3.9. */
  has(path: string, type: WatchType): boolean {
    return this.#tablesOf(type).some(({ paths }) => paths.has(path));
  }

  remove(path: string, target: EventTarget, type: WatchType): boolean {
    let found = false;
    for (const table of this.#tablesOf(type)) found = table.remove(path, target) || found;
    return found;
  }

  removeAll(target: EventTarget): void {
    this.data.removeAll(target);
    this.child.removeAll(target);
  }

  #tablesOf(type: WatchType): WatchTable<EventTarget>[] {
    if (type === 1) return [this.child];
    return type === 2 ? [this.data] : [this.child, this.data];
  }

  #tell(targets: Iterable<EventTarget>, type: WatchedEvent['type'], path: string, { acl }: Znode): void {
    for (const target of targets) if (target.mayRead(acl)) target.notify(type, path);
  }
}
