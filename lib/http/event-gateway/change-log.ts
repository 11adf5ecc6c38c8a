import { newestZxidOf, type TreeChange, type TreeNode } from '../../../recipes/changes/index.js';
import { GATEWAY } from './limits.js';

/** A znode that was deleted. */
interface Gone {
  readonly czxid: bigint;
  /** The deletion is not newer than this. */
  readonly at: bigint;
  readonly isEphemeral: boolean;
}

/** The newest state of a path. */
export interface LogEntry {
  readonly path: string;
  /** Grows with each entry. */
  readonly seq: number;
  /** No less than the zxid of the change, and never less than that of an earlier entry. */
  readonly at: bigint;
  /** As the change has it. */
  readonly zxid: bigint;
  /** `null` for a deletion. */
  readonly node: TreeNode | null;
  /** The znode that was last deleted at the path. */
  readonly gone: Gone | null;
}

/** A moment of the tree. */
interface Moment {
  /** No change that the tree has is newer than this. */
  readonly stamp: bigint;
  /** Every change up to this is part of the tree. */
  readonly position: bigint;
}

/**
 * The newest change of every path, in the order in which they became known: whoever has read up to an entry needs only
 * those behind it, however slow it reads. Deletions are forgotten, the oldest first.
 */
export class ChangeLog {
  /** No other log has it, in this process or another one. */
  readonly name = Math.random().toString(36).slice(2, 12).padEnd(10, '0');
  readonly #history: number;
  #entries: LogEntry[] = [];
  readonly #byPath = new Map<string, LogEntry>();
  /** By path, the oldest first. */
  readonly #deletions = new Map<string, LogEntry>();
  /** The moments whose changes were added. */
  #moments: Moment[] = [];
  #position = 0n;
  #nextSeq = 0;
  #newestAt = 0n;
  #forgottenAt = -1n;
  #forgottenSeq = -1;

  /** @param history deletions that are remembered */
  constructor(history: number) {
    this.#history = history;
  }

  /** The sequence number of the entry that comes next. */
  get end(): number {
    return this.#nextSeq;
  }

  /** No entry is about a newer change. */
  get seen(): bigint {
    return this.#moments.at(-1)?.stamp ?? 0n;
  }

  /** Every change up to this was added. */
  get position(): bigint {
    return this.#position;
  }

  /** The number of paths. */
  get size(): number {
    return this.#byPath.size;
  }

  /** The changes that lead to a moment of the tree follow. */
  begin(moment: Moment): void {
    this.#moments.push(moment);
    if (this.#moments.length > 2 * this.#history + 2) this.#moments = this.#moments.slice(-this.#history - 1);
  }

  /** All changes that lead to the moment were added. */
  complete(): void {
    this.#position = this.#moments.at(-1)?.position ?? 0n;
  }

  add(change: TreeChange): void {
    const { path, node, before, zxid } = change;
    const known = this.#byPath.get(path);
    const changedAt = node ? newestZxidOf(change) : this.seen;
    if (changedAt > this.#newestAt) this.#newestAt = changedAt;
    const isGone = before && (!node || change.recreated);
    const gone = isGone ? { ...goneOf(before), at: this.seen } : (known?.gone ?? null);
    const entry = { path, seq: this.#nextSeq, at: this.#newestAt, zxid, node, gone };
    this.#nextSeq += 1;
    this.#entries.push(entry);
    this.#byPath.set(path, entry);
    this.#deletions.delete(path);
    if (!node) this.#remember(entry);
    this.#compact();
  }

  /** Whether all deletions behind the entry with this number are remembered. */
  hasAllFrom(seq: number): boolean {
    return seq > this.#forgottenSeq && seq <= this.#nextSeq;
  }

  /**
   * The zxid after which znodes may have been created and deleted that never became known here, for a client that knows
   * everything up to `since`; `null` when deletions since then were forgotten.
   */
  unknownAfter(since: bigint): bigint | null {
    if (since < this.#forgottenAt) return null;
    const index = firstIndex(this.#moments, ({ stamp }) => stamp > since);
    return this.#moments[index - 1]?.position ?? null;
  }

  /** The number of the first entry that may be about a change after a zxid. */
  firstAfter(zxid: bigint): number {
    const index = firstIndex(this.#entries, ({ at }) => at > zxid);
    return this.#entries[index]?.seq ?? this.#nextSeq;
  }

  /** The first entry with this number or a greater one that was not replaced. */
  next(seq: number): LogEntry | undefined {
    let index = firstIndex(this.#entries, (entry) => entry.seq >= seq);
    for (; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index] as LogEntry;
      if (this.#byPath.get(entry.path) === entry) return entry;
    }
    return undefined;
  }

  #remember(deletion: LogEntry): void {
    this.#deletions.set(deletion.path, deletion);
    if (this.#deletions.size <= this.#history) return;
    for (const [path, { at, seq }] of this.#deletions) {
      this.#deletions.delete(path);
      this.#byPath.delete(path);
      this.#forgottenAt = at;
      this.#forgottenSeq = seq;
      return;
    }
  }

  #compact(): void {
    const replaced = this.#entries.length - this.#byPath.size;
    if (replaced < GATEWAY.replacedAtLeast || replaced < this.#byPath.size) return;
    this.#entries = this.#entries.filter((entry) => this.#byPath.get(entry.path) === entry);
  }
}

function goneOf({ stat }: TreeNode): Omit<Gone, 'at'> {
  return { czxid: stat.czxid, isEphemeral: stat.ephemeralOwner !== 0n };
}

/** The index of the first item for which a condition holds that holds for all items behind it too. */
function firstIndex<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
