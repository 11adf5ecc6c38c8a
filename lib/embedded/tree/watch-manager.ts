import type { Acl, WatchedEvent } from '../../core/coordination-client.js';
import type { Behaviour } from '../behaviour.js';
import type { TreeListener } from './data-tree.js';
import { WatcherIndex, type WatchMode } from './watcher-index.js';
import type { Znode } from './znode.js';

/** A recipient of events: a connection. */
export interface WatchTarget {
  notify(type: WatchedEvent['type'], path: string): void;
  /** Whether the recipient may read a znode with this ACL. Without the permission it gets no event. */
  mayRead(acl: readonly Acl[]): boolean;
}

/** The watches that a SetWatches request re-registers. */
export interface WatchesToSet {
  readonly relativeZxid: bigint;
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  readonly persistent?: readonly string[];
  readonly persistentRecursive?: readonly string[];
}

/** The watches that a request selects: 1 children, 2 data, 3 any. */
export type WatchType = 1 | 2 | 3;

/** The watches of all connections. Changes of the tree fire them. */
export class WatchManager implements TreeListener {
  readonly data = new WatcherIndex<WatchTarget>();
  readonly child = new WatcherIndex<WatchTarget>();
  readonly #recursiveEventsOf: Behaviour['recursiveEventsOf'];

  constructor(recursiveEventsOf: Behaviour['recursiveEventsOf'] = 'changed') {
    this.#recursiveEventsOf = recursiveEventsOf;
  }

  get size(): number {
    return this.data.size + this.child.size;
  }

  created(path: string, znode: Znode): void {
    this.#fire([this.data], 'NodeCreated', path, znode);
  }

  deleted(path: string, znode: Znode): void {
    this.#fire([this.data, this.child], 'NodeDeleted', path, znode);
  }

  dataChanged(path: string, znode: Znode): void {
    this.#fire([this.data], 'NodeDataChanged', path, znode);
  }

  childrenChanged(path: string, znode: Znode): void {
    this.#fire([this.child], 'NodeChildrenChanged', path, znode);
  }

  /** Adds a one-shot watch of the znode's data or existence. */
  addData(path: string, target: WatchTarget): void {
    this.data.add(path, target, 'standard');
  }

  /** Adds a one-shot watch of the znode's children. */
  addChild(path: string, target: WatchTarget): void {
    this.child.add(path, target, 'standard');
  }

  /** Adds a watch that stays until it is removed, on one znode or on it and all znodes below. */
  addPersistent(path: string, target: WatchTarget, mode: Exclude<WatchMode, 'standard'>): void {
    this.data.add(path, target, mode);
    this.child.add(path, target, mode);
  }

  /** Sends the events since the relative zxid, without a check of permissions, and adds the watches that had none. */
  set(watches: WatchesToSet, target: WatchTarget, find: (path: string) => Znode | undefined): void {
    for (const path of watches.data) {
      const znode = find(path);
      if (!znode) target.notify('NodeDeleted', path);
      else if (znode.mzxid > watches.relativeZxid) target.notify('NodeDataChanged', path);
      else this.addData(path, target);
    }
    for (const path of watches.exist) {
      const znode = find(path);
      if (znode) target.notify('NodeCreated', path);
      else this.addData(path, target);
    }
    for (const path of watches.child) {
      const znode = find(path);
      if (!znode) target.notify('NodeDeleted', path);
      else if (znode.pzxid > watches.relativeZxid) target.notify('NodeChildrenChanged', path);
      else this.addChild(path, target);
    }
    for (const path of watches.persistent ?? []) this.addPersistent(path, target, 'persistent');
    for (const path of watches.persistentRecursive ?? []) this.addPersistent(path, target, 'persistent-recursive');
  }

  /** Whether any connection has a watch on the path, as in ZooKeeper before 3.9. */
  has(path: string, type: WatchType): boolean {
    return this.#indexesOf(type).some(({ paths }) => paths.has(path));
  }

  remove(path: string, target: WatchTarget, type: WatchType): boolean {
    let found = false;
    for (const index of this.#indexesOf(type)) found = index.remove(path, target) || found;
    return found;
  }

  removeAll(target: WatchTarget): void {
    this.data.removeAll(target);
    this.child.removeAll(target);
  }

  #indexesOf(type: WatchType): WatcherIndex<WatchTarget>[] {
    if (type === 1) return [this.child];
    return type === 2 ? [this.data] : [this.child, this.data];
  }

  /** A connection that several watches report the change to gets one event. */
  #fire(indexes: readonly WatcherIndex<WatchTarget>[], type: WatchedEvent['type'], path: string, { acl }: Znode): void {
    if (this.#recursiveEventsOf === 'watched') return this.#fireApart(indexes, type, path, acl);
    const targets = new Set<WatchTarget>();
    for (const index of indexes) for (const target of index.fire(path, type)) targets.add(target);
    for (const target of targets) if (target.mayRead(acl)) target.notify(type, path);
  }

  /** A recursive watch reports its own path, in an event of its own. */
  #fireApart(
    indexes: readonly WatcherIndex<WatchTarget>[],
    type: WatchedEvent['type'],
    path: string,
    acl: readonly Acl[],
  ): void {
    const targets = new Map<WatchTarget, Set<string>>();
    const add = (target: WatchTarget, at: string) => targets.set(target, (targets.get(target) ?? new Set()).add(at));
    for (const index of indexes) {
      for (const target of index.fireOn(path)) add(target, path);
      for (const [target, watched] of index.recursive(path, type)) add(target, watched);
    }
    for (const [target, paths] of targets) {
      if (target.mayRead(acl)) for (const each of paths) target.notify(type, each);
    }
  }
}
