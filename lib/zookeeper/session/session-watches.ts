import type { CallContext } from '../../core/call-context.js';
import type { WatchedEvent, Watcher } from '../../core/coordination-client.js';
import { frozenEvent } from '../../core/frozen-event.js';
import { callGuarded } from '../../core/guarded-emitter.js';
import { SESSION, WIRE } from '../../core/limits.js';
import { parentOf } from '../../core/paths.js';
import { soon } from '../../core/soon.js';
import { removeWatchesRequest, setWatchesRequest, type WatchedPaths } from '../../protocol/requests.js';
import { armByRead, type ConnectionReads } from './arming-reads.js';
import type { Chroot } from './chroot.js';
import { BYTES_PER_PATH } from './path-chunks.js';
import type { ArmingRead, ServerWatchType } from './submission.js';
import { type OneShots, TreeWatches } from './tree-watches.js';
import type { WatchRequests } from './watch-requests.js';
import { forEachWatcher, hasWatcher, type Watchers, withoutWatcher, withWatcher, withWatchers } from './watchers.js';

/**
 * The list of SetWatches that a watch belongs to: a change of the data, the creation of a znode, a change of the
 * children.
 */
export type WatchList = keyof WatchedPaths;

const LISTS: readonly WatchList[] = ['data', 'exist', 'child'];

const LISTS_OF_TYPE: Readonly<Record<ServerWatchType, readonly WatchList[]>> = {
  data: ['data', 'exist'],
  child: ['child'],
};

const LISTS_OF_EVENT: Readonly<Record<WatchedEvent['type'], readonly WatchList[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeChildrenChanged: ['child'],
  NodeDeleted: LISTS,
};

const CHANGE_OF = { data: 'NodeDataChanged', child: 'NodeChildrenChanged' } as const;

/** The bytes of a SetWatches besides its paths, rounded up. */
const BYTES_PER_CHUNK = 64;

/**
 * The watches of a session, and the only owner of those on the server. They outlive connections and sessions: each new
 * connection arms them again.
 *
 * The server has one watch for all watchers of a path. It is removed with the last of them, but never while a read is
 * on its way that arms it for another watcher.
 */
export class SessionWatches {
  readonly #watchers: Readonly<Record<WatchList, Map<string, Watchers>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
  };
  /** Reads on their way that arm a watch, by path. */
  readonly #arming: Readonly<Record<ServerWatchType, Map<string, number>>> = { data: new Map(), child: new Map() };
  /** Watches of the server to be removed as soon as that is possible. */
  readonly #unneeded: Readonly<Record<ServerWatchType, Set<string>>> = { data: new Set(), child: new Set() };
  /** Called once no read is on its way that arms a watch of the path. */
  readonly #onSettled = new Map<string, () => void>();
  /** By path, for each event whose microtask is to come. */
  readonly #due = new Map<string, { watchers: Watchers | undefined }[]>();
  readonly chroot: Chroot;
  readonly trees: TreeWatches;
  readonly #chunkBytes: number;
  readonly #report: (error: unknown, path: string) => void;
  /** The watches that the server holds: none without a connection, some during re-arming, then all. */
  #server: 'none' | 'some' | WatchRequests = 'none';
  #isClosed = false;

  /**
   * @param report takes what a watcher throws
   * @param maxRequestSize in bytes
   */
  constructor(
    chroot: Chroot,
    report: (error: unknown, path: string) => void,
    maxRequestSize: number = WIRE.longestRequest,
  ) {
    this.chroot = chroot;
    this.#report = report;
    this.#chunkBytes = Math.min(SESSION.setWatchesBytes, maxRequestSize - BYTES_PER_CHUNK);
    const armTruly: OneShots['armTruly'] = (...args) => this.#armTruly(...args);
    const whenSettled: OneShots['whenSettled'] = (...args) => this.#whenSettled(...args);
    this.trees = new TreeWatches({ chroot, chunkBytes: this.#chunkBytes, report, armTruly, whenSettled });
  }

  /** A read that arms a watch of the server is being sent. */
  begin({ type, absolute }: ArmingRead): void {
    const arming = this.#arming[type];
    arming.set(absolute, (arming.get(absolute) ?? 0) + 1);
  }

  /** That read is sent. Its last byte says whether it arms a watch. */
  send({ type, absolute }: Pick<ArmingRead, 'type' | 'absolute'>, frame: Buffer): void {
    frame[frame.length - 1] = type === 'data' && this.trees.covers(absolute) ? 0 : 1;
  }

  /** That read has ended. @param list for which the server has armed the watch, if it has */
  end({ type, absolute, watcher, context }: ArmingRead, list: WatchList | null): void {
    if (list && !this.#isClosed) {
      const watchers = this.#watchers[list];
      watchers.set(absolute, withWatcher(watchers.get(absolute), watcher, context));
    }
    const others = (this.#arming[type].get(absolute) ?? 1) - 1;
    if (others > 0) {
      this.#arming[type].set(absolute, others);
      return;
    }
    this.#arming[type].delete(absolute);
    if (this.#unneeded[type].has(absolute)) this.#removeFromServer(type, absolute);
    if (this.#onSettled.size > 0) this.#settle(absolute);
  }

  /** Forgets a watcher in every list of the path. The server's watch goes with the last watcher. */
  remove(absolute: string, watcher: Watcher): void {
    for (const due of this.#due.get(absolute) ?? []) due.watchers &&= withoutWatcher(due.watchers, watcher);
    for (const type of ['data', 'child'] as const) {
      let isRemoved = false;
      for (const list of LISTS_OF_TYPE[type]) {
        const watchers = this.#watchers[list];
        const present = watchers.get(absolute);
        if (!hasWatcher(present, watcher)) continue;
        const rest = withoutWatcher(present, watcher);
        if (rest === undefined) watchers.delete(absolute);
        else watchers.set(absolute, rest);
        isRemoved = true;
      }
      if (isRemoved) this.#removeFromServer(type, absolute);
    }
  }

  /** Takes out the watchers of an event, and calls them in a microtask, outside of the connection's own work. */
  fire(reported: WatchedEvent): void {
    this.trees.fire(reported);
    this.#fireOneShots(reported);
    if (reported.type !== 'NodeCreated' && reported.type !== 'NodeDeleted') return;
    const path = parentOf(reported.path);
    // Before ZooKeeper 3.9 a recursive watch takes the place of the child watch of its root.
    if (path !== null && this.trees.covers(path))
      this.#fireOneShots({ ...reported, type: 'NodeChildrenChanged', path });
  }

  /** A connection is open: the server holds no watch of it yet. */
  opened(): void {
    this.#server = 'some';
  }

  /**
   * All watched paths, in portions that a server accepts. A watch that fires meanwhile is left out of later portions.
   */
  *chunks(): Generator<WatchedPaths> {
    let chunk: WatchedPaths = { data: [], exist: [], child: [] };
    let bytes = 0;
    for (const list of LISTS) {
      for (const path of this.#watchers[list].keys()) {
        const size = Buffer.byteLength(path) + BYTES_PER_PATH;
        if (bytes > 0 && bytes + size > this.#chunkBytes) {
          yield chunk;
          chunk = { data: [], exist: [], child: [] };
          bytes = 0;
          if (!this.#watchers[list].has(path)) continue;
        }
        chunk[list].push(path);
        bytes += size;
      }
    }
    if (bytes > 0) yield chunk;
  }

  /** Whether nothing is watched. */
  get isEmpty(): boolean {
    return LISTS.every((list) => this.#watchers[list].size === 0);
  }

  /** Each watched path with its list. A watch that fires meanwhile is left out. */
  *entries(): Generator<[WatchList, string]> {
    for (const list of LISTS) {
      for (const path of this.#watchers[list].keys()) yield [list, path];
    }
  }

  /** The server holds a watch of the path, perhaps for no watcher: it is removed then. */
  release(type: ServerWatchType, absolute: string): void {
    this.#removeFromServer(type, absolute);
  }

  /** Every watch is armed: from now on the server's watches are removed with their last watcher. */
  rearmed(requests: WatchRequests): void {
    this.#server = requests;
    for (const type of ['data', 'child'] as const) {
      for (const path of [...this.#unneeded[type]]) this.#removeFromServer(type, path);
    }
    this.trees.connected(requests);
  }

  /**
   * The connection has ended: the server holds no watch any more.
   *
   * @returns a transaction after which watches may not have been armed; undefined if all of them were
   */
  interrupted(): bigint | undefined {
    this.#server = 'none';
    for (const paths of Object.values(this.#unneeded)) paths.clear();
    this.#onSettled.clear();
    return this.trees.interrupted();
  }

  /** No watcher is called any more. */
  close(): void {
    this.#isClosed = true;
    this.#server = 'none';
    this.#onSettled.clear();
    for (const watchers of Object.values(this.#watchers)) watchers.clear();
    this.trees.close();
  }

  #fireOneShots({ type, path: absolute, zxid }: WatchedEvent): void {
    let called: Watchers | undefined;
    for (const list of LISTS_OF_EVENT[type]) {
      const present = this.#watchers[list].get(absolute);
      if (present === undefined) continue;
      this.#watchers[list].delete(absolute);
      called = withWatchers(called, present);
    }
    if (called === undefined) return;
    const path = this.chroot.relative(absolute);
    const event = frozenEvent(type, path, zxid);
    const report = (error: unknown) => this.#report(error, path);
    const call = (watcher: Watcher, context: CallContext): void => {
      if (!this.#isClosed) context.call(() => callGuarded(watcher, [event], report));
    };
    const due: { watchers: Watchers | undefined } = { watchers: called };
    const all = this.#due.get(absolute) ?? [];
    all.push(due);
    this.#due.set(absolute, all);
    soon(() => {
      if (due.watchers !== undefined) forEachWatcher(due.watchers, call);
      all.shift();
      if (all.length === 0) this.#due.delete(absolute);
    });
  }

  #whenSettled(absolute: string, run: () => void): void {
    this.#onSettled.set(absolute, run);
    this.#settle(absolute);
  }

  #settle(absolute: string): void {
    if (this.#arming.data.has(absolute) || this.#arming.child.has(absolute)) return;
    const run = this.#onSettled.get(absolute);
    this.#onSettled.delete(absolute);
    run?.();
  }

  async #armTruly(absolute: string, from: bigint): Promise<void> {
    const only = (list: WatchList): string[] => (this.#watchers[list].has(absolute) ? [absolute] : []);
    const paths: WatchedPaths = { data: only('data'), exist: only('exist'), child: only('child') };
    if (typeof this.#server === 'string' || LISTS.every((list) => paths[list].length === 0)) return;
    const server = this.#server;
    const answer = await server.send('setWatches', setWatchesRequest(from, paths), absolute);
    if (answer === 0) return;
    for (const list of LISTS) {
      if (this.#server === server && this.#watchers[list].has(absolute))
        await this.#armByRead(list, absolute, from, server);
    }
  }

  /** The server lacks SetWatches. */
  async #armByRead(list: WatchList, absolute: string, from: bigint, server: WatchRequests): Promise<void> {
    const type = list === 'child' ? 'child' : 'data';
    const ask: ConnectionReads['ask'] = (wire) =>
      server.ask(wire, absolute, () => this.send({ type, absolute }, wire.frame));
    const error = await armByRead(this, { from, ask }, list, absolute);
    // Its watchers have to look for themselves. After the end of the connection the next one arms it.
    if (error !== 0 && this.#server === server) this.fire({ type: CHANGE_OF[type], path: absolute });
  }

  #removeFromServer(type: ServerWatchType, absolute: string): void {
    this.#unneeded[type].delete(absolute);
    if (this.#server === 'none' || LISTS_OF_TYPE[type].some((list) => this.#watchers[list].has(absolute))) return;
    // Before ZooKeeper 3.9 it would take the recursive watch of the path along.
    if (type === 'data' && this.trees.willCover(absolute)) return;
    if (this.#server === 'some' || this.#arming[type].has(absolute)) this.#unneeded[type].add(absolute);
    else void this.#server.send('removeWatches', removeWatchesRequest(absolute, type), absolute);
  }
}
