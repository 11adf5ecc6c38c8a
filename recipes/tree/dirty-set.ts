import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import { TREE } from '../../lib/core/limits.js';
import { parentOf } from '../../lib/core/paths.js';
import type { DueQueue } from './due-queue.js';
import { type Due, PARTS } from './reading.js';
import type { Scope } from './scope.js';
import { forEach, type Work } from './slices.js';

/** The parts that a change of a znode itself makes dirty. */
const PARTS_OF_EVENT: Readonly<Record<WatchedEvent['type'], number>> = {
  NodeCreated: PARTS.all,
  NodeDeleted: PARTS.all,
  NodeDataChanged: PARTS.data,
  NodeChildrenChanged: PARTS.children,
};

/**
 * The znodes that may have changed since they were read. Only the start of a round of reads takes them out: whatever
 * happens later makes them dirty again. A znode that is unknown yet can be dirty, too.
 */
export class DirtySet {
  /** Whether every known znode is dirty. */
  isAll = false;
  #parts = new Map<string, number>();
  /** The zxids of deletions that a server has reported. */
  readonly #deletedAt = new Map<string, bigint>();

  /** Whether nothing is dirty. */
  get isEmpty(): boolean {
    return this.#parts.size === 0 && !this.isAll;
  }

  has(path: string): boolean {
    return this.#parts.has(path);
  }

  add({ path, parts }: Due): void {
    this.#parts.set(path, (this.#parts.get(path) ?? 0) | parts);
  }

  /**
   * A server has reported a change.
   *
   * @param root of the tree; `null` for one-shot watches, which also report the change of the parent
   */
  addEvent({ type, path, zxid }: WatchedEvent, root: string | null): void {
    this.add({ path, parts: PARTS_OF_EVENT[type] });
    if (type === 'NodeDeleted' && zxid !== undefined) this.#deletedAt.set(path, zxid);
    if (root === null || path === root || (type !== 'NodeCreated' && type !== 'NodeDeleted')) return;
    this.add({ path: parentOf(path) as string, parts: PARTS.stat });
  }

  /** A znode was found, but not the one above it: one of the two was read too early. */
  addOrphan(path: string): void {
    this.add({ path, parts: PARTS.all });
    this.add({ path: parentOf(path) as string, parts: PARTS.all });
  }

  /** A round has ended early: the rest is dirty again. */
  putBack(queue: DueQueue): void {
    for (const due of queue.takeWaiting()) this.add(due);
    if (queue.hasMoreOfAll) this.isAll = true;
  }

  /** Takes out everything at once, and then leaves out the znodes that are not part of the tree. */
  *take(scope: Scope): Work<ReadonlyMap<string, number>> {
    const taken = this.#parts;
    this.#parts = new Map();
    this.isAll = false;
    yield* forEach(taken.keys(), TREE.mergedAtOnce, (path) => {
      if (!scope.includes(path)) taken.delete(path);
    });
    return taken;
  }

  /** The zxid of the deletion of a znode, where a server has reported it. */
  readonly deletedAt = (path: string): bigint | undefined => this.#deletedAt.get(path);

  /** The deletions that were reported are part of the published tree. */
  forgetDeletions(): void {
    if (this.isEmpty) this.#deletedAt.clear();
  }
}
