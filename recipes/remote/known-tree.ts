import { Change, comparePaths, type KnownZnodes } from '../changes/index.js';
import type { WireRequest } from '../events/index.js';
import type { Batch, KnownState, RemoteState } from './parse-batch.js';
import { type Mark, type PendingState, PendingStates } from './pending-states.js';
import type { RemoteFilter } from './remote-filters.js';

/** Up to where a gateway has sent everything. */
interface Received {
  readonly position: bigint;
  readonly seen: bigint;
  readonly cursor: string | undefined;
  readonly root: string | undefined;
}

/** A list that a gateway is sending. */
interface Listing {
  /** Only znodes created after it are in the list. */
  readonly after: bigint;
  readonly paths: Set<string>;
}

/**
 * The znodes as the function of a subscription knows them, and the states that a gateway has sent since. Whatever a
 * gateway sends, in changes or lists, becomes the difference to what is known: nothing comes twice, and no older state
 * after a newer one.
 */
export class KnownTree {
  readonly #known = new Map<string, KnownState>();
  readonly #pending = new PendingStates();
  #filters: RemoteFilter[] = [];
  #received: Received | undefined;
  /** Where an unfinished batch is continued. */
  #progress: string | undefined;
  #listing: Listing | undefined;
  /** Whether a list is coming after which zxids of before mean nothing. */
  #isRestored = false;

  /** @param since that the filters count from; `undefined`: from now on */
  constructor(filters: readonly RemoteFilter[], since: bigint | undefined) {
    this.#filters = [...filters];
    if (since !== undefined) this.#received = { position: since, seen: since, cursor: undefined, root: undefined };
  }

  get filters(): readonly RemoteFilter[] {
    return this.#filters;
  }

  get isIdle(): boolean {
    return this.#pending.isEmpty;
  }

  /** The known znodes, when these are all; else `null`. */
  get allKnown(): KnownZnodes | null {
    const isAll = this.#filters.some(({ wire, counts }) => counts && !wire.path && wire.sequential === undefined);
    if (!isAll) return null;
    const sorted = [...this.#known].sort(([one], [other]) => comparePaths(one, other));
    const znodes = sorted.map(([path, state]) => ({ path, ...state }));
    return { size: znodes.length, [Symbol.iterator]: () => znodes[Symbol.iterator]() };
  }

  add(filter: RemoteFilter): void {
    this.#filters.push(filter);
  }

  /** Removes one filter with the key. Returns whether there was one. */
  remove(key: string): boolean {
    const index = this.#filters.findIndex((filter) => filter.key === key);
    if (index === -1) return false;
    for (const filter of this.#filters.splice(index, 1)) filter.removed();
    for (const path of this.#known.keys()) if (!this.#covers(path)) this.#known.delete(path);
    return true;
  }

  /** The request that brings the rest. @param isContinued whether it goes on with the unfinished batch of a poll */
  toRequest(isContinued = false): WireRequest {
    const filters = this.#filters.map(({ wire }) => wire);
    const added = this.#filters.filter(({ counts }) => !counts);
    const isListing = added.length > 0;
    if (!isContinued) {
      this.#progress = undefined;
      this.#listing = undefined;
    }
    const cursor = this.#progress ?? (isListing ? undefined : this.#received?.cursor);
    const positions = [this.#received?.position, ...added.map(({ since }) => since)].filter(
      (each) => each !== undefined,
    );
    const since = positions.reduce<bigint | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
    return {
      filters,
      ...(since !== undefined && { since: `${since}` }),
      ...(this.#received && { seen: `${this.#received.seen}` }),
      ...(cursor !== undefined && { cursor }),
      ...(this.#received?.root !== undefined && { root: this.#received.root }),
      ...(isListing && this.#progress === undefined && { list: true }),
    };
  }

  /**
   * Takes a batch. Returns whether it ends one: everything up to its position is there.
   *
   * @param onPassed called once everything in it was handed out
   */
  receive(batch: Batch, onPassed?: () => void): boolean {
    const { listAfter, isRestored, changes, known, position, seen, cursor, root } = batch;
    if (isRestored) {
      this.#isRestored = true;
      this.#received = { position: 0n, seen, cursor: undefined, root };
    }
    if (listAfter !== null) this.#listing = { after: listAfter, paths: new Set() };
    const isBacklog = this.#filters.some(({ counts }) => !counts);
    for (const state of changes) {
      if (state.node) this.#listing?.paths.add(state.path);
      this.#pending.add(state, isBacklog, this.#isRestored);
    }
    for (const [path, state] of known) {
      this.#listing?.paths.add(path);
      if (!this.#known.has(path) && !this.#pending.get(path) && this.#covers(path)) this.#known.set(path, state);
    }
    const newest = this.#received && this.#received.seen > seen ? this.#received.seen : seen;
    if (position === null) {
      this.#progress = cursor;
      if (this.#received) this.#received = { ...this.#received, seen: newest };
      return false;
    }
    this.#progress = undefined;
    this.#addMissing(seen);
    this.#isRestored = false;
    this.#received = { position, seen: newest, cursor, root };
    for (const filter of this.#filters) if (!filter.counts) filter.count(position, this.#pending.nextNumber);
    this.#pending.mark(position, onPassed);
    return true;
  }

  shift(): PendingState | Mark | undefined {
    return this.#pending.shift();
  }

  /** Takes a state over. Returns the change that it is to the function; `null` when it is none. */
  take({ state, number, isBacklog, isRestored }: PendingState): Change | null {
    const { path, node } = state;
    const known = this.#known.get(path);
    if (!this.#covers(path) || (known && !isRestored && isOutdated(state, known))) return null;
    if (node) this.#known.set(path, toKnown(state));
    else this.#known.delete(path);
    const isChanged = known ? !isSame(state, known) : true;
    for (const filter of this.#filters) {
      const change = changeFor(filter, state, known, isBacklog);
      if (!change || !filter.matches(change)) continue;
      if (number >= filter.countsFrom) {
        if (isChanged) return change;
      } else if (this.#isDue(filter, state, number, isChanged)) return change;
    }
    return null;
  }

  /** Whether a change of before a filter counted is handed out for it. */
  #isDue({ since }: RemoteFilter, state: RemoteState, number: number, isChanged: boolean): boolean {
    const newest = newestOf(state);
    if (since === undefined || newest <= since) return false;
    if (isChanged) return true;
    // For another filter it was handed out already.
    return !this.#filters.some((other) => {
      const from = other.since ?? other.after;
      if (number < other.countsFrom || from === undefined || newest <= from) return false;
      const change = changeFor(other, state, undefined, false);
      return change !== null && other.matches(change);
    });
  }

  /** The znodes that a list should have had were deleted: those below a znode before it. */
  #addMissing(zxid: bigint): void {
    const listing = this.#listing;
    this.#listing = undefined;
    if (!listing) return;
    const all = new Map<string, KnownState>(this.#known);
    for (const state of this.#pending.existing()) all.set(state.path, state);
    const missing = [...all].filter(([path, { czxid }]) => czxid > listing.after && !listing.paths.has(path));
    missing.sort(([one], [other]) => comparePaths(other, one));
    for (const [path, { czxid, isEphemeral }] of missing) {
      const state = { path, node: null, zxid, czxid, mzxid: 0n, isEphemeral, isUnreadable: false };
      this.#pending.add(state, false, this.#isRestored);
    }
  }

  #covers(path: string): boolean {
    return this.#filters.some((filter) => filter.covers(path));
  }
}

/** The change that a state is for a filter; `null` when it is none. */
function changeFor(
  { since, after }: RemoteFilter,
  state: RemoteState,
  known: KnownState | undefined,
  isBacklog: boolean,
): Change | null {
  const { path, node, zxid, czxid, mzxid, isEphemeral } = state;
  const from = since ?? after;
  const existed = known !== undefined || (from !== undefined && czxid <= from);
  if (!node) {
    // Of a znode that nobody knows, it is a change only to those who ask for what was before.
    if (!known && !(existed && isBacklog)) return null;
    const deleted = { type: 'deleted', path, before: null, now: null, recreated: false } as const;
    return new Change(deleted, zxid, known?.isEphemeral ?? isEphemeral);
  }
  const recreated = known !== undefined && known.czxid !== czxid && known.czxid !== 0n && czxid !== 0n;
  const type = existed ? 'modified' : 'created';
  const own = type === 'created' ? czxid : mzxid;
  return new Change({ type, path, before: null, now: node, recreated }, own === 0n ? zxid : own);
}

function isOutdated(state: RemoteState, known: KnownState): boolean {
  if (state.czxid === 0n || known.czxid === 0n) return false;
  if (!state.node) return state.czxid < known.czxid;
  return state.czxid < known.czxid || (state.czxid === known.czxid && state.mzxid < known.mzxid);
}

function newestOf({ node, zxid, czxid, mzxid }: RemoteState): bigint {
  if (!node || (czxid === 0n && mzxid === 0n)) return zxid;
  return czxid > mzxid ? czxid : mzxid;
}

function isSame(state: RemoteState, known: KnownState): boolean {
  if (!state.node) return false;
  return state.czxid === known.czxid && state.mzxid === known.mzxid && state.isUnreadable === known.isUnreadable;
}

function toKnown({ czxid, mzxid, isEphemeral, isUnreadable }: RemoteState): KnownState {
  return { czxid, mzxid, isEphemeral, isUnreadable };
}
