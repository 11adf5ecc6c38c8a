import type { Stat } from '../../lib/core/coordination-client.js';
import { TREE } from '../../lib/core/limits.js';
import { childOf, parentOf } from '../../lib/core/paths.js';
import { ChangeSet, type Transition } from '../changes/index.js';
import { isOtherZnode, KnownNode, NODE_IDENTITY, UNKNOWN_STAT } from './known-node.js';
import { PathMap, type PathMapEditor } from './path-map.js';
import { type Due, PARTS, type Reading } from './reading.js';
import type { Scope } from './scope.js';

/** The consequences of a reading. */
export interface Consequences {
  /** To be read next, after the znode itself. To be iterated over at once. */
  readonly further: Iterable<Due>;
  /** Known no more, with all below: to be removed by `removeSome`. */
  readonly gone: readonly string[];
  /** The znode exists, but not the one above it: both have to be read again. */
  readonly isOrphan?: boolean;
}

export const NONE: Consequences = { further: [], gone: [] };

/**
 * The known znodes, and how they have changed since the changes were last taken. No znode is known without the one
 * above it. Synchronous: it takes readings, and says what else has to be read.
 */
export class TreeModel {
  /** Whether older zxids are believed: everything known is of another epoch, or may be. */
  #isNewEpoch = false;
  readonly #scope: Scope;
  readonly #nodes: PathMapEditor<KnownNode>;
  #changes = new ChangeSet<KnownNode>(NODE_IDENTITY);
  /** Changes count from the first tree that was taken. */
  #isRecording = false;
  #hasNews = false;
  /** The znode above the one that was applied last: most siblings come together. */
  #parent: KnownNode | undefined;
  readonly #unreadable = new Set<string>();
  #newestZxid = 0n;

  constructor(scope: Scope) {
    this.#scope = scope;
    this.#nodes = PathMap.below<KnownNode>(scope.root).edit();
  }

  /** The newest zxid of all stats. */
  get newestZxid(): bigint {
    return this.#newestZxid;
  }

  /** Whether a znode has changed since the changes were last taken. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** The znodes that may not be read. */
  get unreadable(): ReadonlySet<string> {
    return this.#unreadable;
  }

  get isEmpty(): boolean {
    return this.#nodes.size === 0;
  }

  get(path: string): KnownNode | undefined {
    return this.#nodes.get(path);
  }

  /** The znodes now; later readings do not change them. */
  snapshot(): PathMap<KnownNode> {
    return this.#nodes.commit();
  }

  /** The znodes whose changes a server reports: a change of the ACL is not reported, nor what an ACL hides. */
  *changedZxids(): Generator<string> {
    for (const { path, before, now } of this.#changes.changes()) {
      if (!before?.unreadable && before?.stat.mzxid !== now?.stat.mzxid) yield path;
    }
  }

  /** The changes since they were last taken; none the first time. */
  takeChanges(): ChangeSet<KnownNode> {
    this.#isRecording = true;
    this.#hasNews = false;
    const changes = this.#changes;
    this.#changes = new ChangeSet(NODE_IDENTITY);
    return changes;
  }

  /** Zxids start again: until `endEpochChange()` older ones are believed. */
  startEpochChange(): void {
    this.#isNewEpoch = true;
    this.#newestZxid = 0n;
  }

  /** Every znode was read in the new epoch. */
  endEpochChange(): void {
    this.#isNewEpoch = false;
  }

  apply(reading: Reading): Consequences {
    const { path } = reading;
    const known = this.#nodes.get(path);
    if (reading.kind === 'missing') return known ? { further: [], gone: [path] } : NONE;
    const stat = reading.stat ?? known?.stat ?? UNKNOWN_STAT;
    if (stat.mzxid > this.#newestZxid) this.#newestZxid = stat.mzxid;
    if (stat.pzxid > this.#newestZxid) this.#newestZxid = stat.pzxid;
    const parent = path === this.#scope.root ? null : this.#parentOf(path);
    if (parent === undefined) return { ...NONE, isOrphan: true };
    if (!this.#isNewEpoch && reading.stat) {
      if (known && isOlder(stat, known.stat)) return NONE;
      // The parent was recreated since, and its old children with it.
      if (parent && stat.czxid < parent.stat.czxid) return known ? { further: [], gone: [path] } : NONE;
    }
    if (reading.kind === 'unreadable') return this.#applyUnreadable(path, stat, known);
    const isRead = reading.data !== undefined;
    if (!isRead && (!known || isNewer(stat, known.stat) || (known.unreadable && reading.children))) return again(path);
    const isPartial = !reading.children && this.#scope.hasChildren(path);
    // A part that could be read does not make the znode readable, nor its old children those of now.
    if (isRead && isPartial && (!known || known.unreadable || known.stat.czxid !== stat.czxid)) return again(path);
    const isSameData = known && !this.#isNewEpoch && !known.unreadable && !isNewer(stat, known.stat);
    const now =
      isRead && !isSameData ? KnownNode.readable(path, stat, reading.data) : (known as KnownNode).withStat(stat);
    this.#set(now, known);
    if (!reading.children || !this.#scope.hasChildren(path)) return NONE;
    return this.#applyChildren(now, known, reading.children);
  }

  /**
   * Removes znodes that are gone, lowest first.
   *
   * @param deletedAt gives the zxid of a deletion that a server has reported
   * @returns whether there may be more of them
   */
  removeSome(path: string, most: number, deletedAt: (path: string) => bigint | undefined): boolean {
    const removed = this.#nodes.takeLast(path, most);
    this.#parent = undefined;
    for (const before of removed) {
      this.#changed({ path: before.path, before, now: null, deletedAt: deletedAt(before.path) });
      this.#unreadable.delete(before.path);
    }
    return removed.length > 0;
  }

  #set(now: KnownNode, known: KnownNode | undefined): void {
    if (now.unreadable) this.#unreadable.add(now.path);
    else this.#unreadable.delete(now.path);
    if (now === known) return;
    this.#nodes.set(now);
    if (known === this.#parent) this.#parent = undefined;
    if (known && NODE_IDENTITY.isSame(known, now)) return;
    this.#changed({ path: now.path, before: known ?? null, now });
  }

  #changed(transition: Transition<KnownNode>): void {
    this.#hasNews = true;
    if (this.#isRecording) this.#changes.add(transition);
  }

  #parentOf(path: string): KnownNode | undefined {
    const known = this.#parent?.path;
    const isKnown = known !== undefined && path.startsWith(known) && path.lastIndexOf('/') === lengthBeforeNames(known);
    if (!isKnown) this.#parent = this.#nodes.get(parentOf(path) as string);
    return this.#parent;
  }

  #applyUnreadable(path: string, stat: Stat, known: KnownNode | undefined): Consequences {
    this.#set(KnownNode.unreadable(path, stat), known);
    if (!known || !isOtherZnode(known.stat.czxid, stat.czxid)) return NONE;
    // Recreated: nobody says which of its old children are back.
    return { further: Array.from(this.#nodes.children(path), (child) => all(child.path)), gone: [] };
  }

  #applyChildren({ path, stat }: KnownNode, known: KnownNode | undefined, names: readonly string[]): Consequences {
    if (!known) return names.length === 0 ? NONE : { further: this.#allOf(path, inOrder(names)), gone: [] };
    const isRecreated = known.stat.czxid !== stat.czxid;
    const isOld = !isRecreated && stat.pzxid < known.stat.pzxid;
    if (isOld && !this.#isNewEpoch) return NONE;
    const unknown = new Set(names);
    const outdated: Due[] = [];
    const gone: string[] = [];
    const prefixLength = lengthBeforeNames(path) + 1;
    for (const child of this.#nodes.children(path)) {
      const isListed = unknown.delete(child.path.slice(prefixLength));
      if (isListed) {
        if (child.stat.czxid < stat.czxid) outdated.push(all(child.path));
        // A child that is newer than the list may have been created since.
      } else if (child.stat.czxid <= stat.pzxid || this.#isNewEpoch) gone.push(child.path);
    }
    return { further: this.#allOf(path, unknown, outdated), gone };
  }

  /** The children of these names, as far as they are part of the tree, and others. */
  *#allOf(path: string, names: Iterable<string>, others: readonly Due[] = []): Generator<Due> {
    yield* others;
    for (const name of names) {
      const child = childOf(path, name);
      if (this.#scope.includesChild(child)) yield all(child);
    }
  }
}

/** Sorted as they are kept, which makes adding them faster; not so many that sorting would take long. */
function inOrder(names: readonly string[]): readonly string[] {
  return names.length <= TREE.sortedAtOnce ? names.toSorted() : names;
}

/** Where the slash is that comes before the names of children. */
function lengthBeforeNames(path: string): number {
  return path === '/' ? 0 : path.length;
}

function again(path: string): Consequences {
  return { further: [all(path)], gone: [] };
}

function all(path: string): Due {
  return { path, parts: PARTS.all };
}

function isOlder(stat: Stat, known: Stat): boolean {
  return stat.czxid < known.czxid || (stat.czxid === known.czxid && stat.mzxid < known.mzxid);
}

/** Whether the data is of another transaction. */
function isNewer(stat: Stat, known: Stat): boolean {
  return stat.czxid !== known.czxid || stat.mzxid !== known.mzxid;
}
