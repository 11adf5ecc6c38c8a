import type { ChangeType } from './types.js';

/** How two states of an item are compared. */
export interface Identity<T> {
  /** Whether nothing has changed from one state to the other. */
  isSame(before: T, now: T): boolean;
  /** Whether the item was deleted between the two states, and created again. */
  isRecreated(before: T, now: T): boolean;
}

/** An item between two moments; `null` where it did not exist. */
export interface Transition<T> {
  readonly path: string;
  readonly before: T | null;
  readonly now: T | null;
  /** The zxid of a deletion; missing where it is not known. */
  readonly deletedAt?: bigint | undefined;
}

/** The change that a transition amounts to. */
export interface Coalesced<T> extends Transition<T> {
  readonly type: ChangeType;
  readonly recreated: boolean;
}

interface Entry<T> {
  readonly before: T | null;
  now: T | null;
  deletedAt: bigint | undefined;
}

/**
 * The changes between two moments, one per path, whatever happened in between. This is the only place that coalesces:
 *
 * | before  | then                    | change                  |
 * | ------- | ----------------------- | ----------------------- |
 * | absent  | created, modified …     | `created`               |
 * | absent  | created, deleted        | none                    |
 * | present | modified …              | `modified`              |
 * | present | deleted                 | `deleted`               |
 * | present | deleted, created        | `modified`, `recreated` |
 */
export class ChangeSet<T> {
  readonly #identity: Identity<T>;
  readonly #entries = new Map<string, Entry<T>>();

  constructor(identity: Identity<T>) {
    this.#identity = identity;
  }

  /** The number of paths with a transition; some may amount to no change. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a transition. It begins in the state in which the one before of the path has ended. */
  add({ path, before, now, deletedAt }: Transition<T>): void {
    const known = this.#entries.get(path);
    if (!known) {
      this.#entries.set(path, { before, now, deletedAt });
      return;
    }
    known.now = now;
    known.deletedAt = deletedAt;
  }

  /** The paths with a transition. */
  paths(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The changes that the transitions amount to. */
  *changes(): Generator<Coalesced<T>> {
    for (const [path, entry] of this.#entries) {
      const change = this.#coalesce(path, entry);
      if (change) yield change;
    }
  }

  #coalesce(path: string, { before, now, deletedAt }: Entry<T>): Coalesced<T> | null {
    if (before === null) return now === null ? null : { path, before, now, type: 'created', recreated: false };
    if (now === null) return { path, before, now, deletedAt, type: 'deleted', recreated: false };
    if (this.#identity.isSame(before, now)) return null;
    return { path, before, now, type: 'modified', recreated: this.#identity.isRecreated(before, now) };
  }
}
