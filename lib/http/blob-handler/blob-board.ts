import { toWireBlob } from '../../../recipes/blobs/faces.js';
import type { BlobChange, BlobInfo, BlobStore, BlobWatch } from '../../../recipes/blobs/index.js';
import { isSliceOver, nextSlice } from '../../core/slices.js';
import { soon } from '../../core/soon.js';
import { backgroundTimer } from '../../core/timers.js';
import { HTTP } from '../limits.js';

/** The blobs that a request waits for. */
export interface Interest {
  readonly ids: ReadonlySet<string>;
  readonly prefixes: readonly string[];
}

/** The newest state of a blob. */
interface Entry {
  readonly id: string;
  /** `null` once it was deleted. */
  readonly info: BlobInfo | null;
  /** No less than the zxid of the change, and never less than that of an earlier entry. */
  readonly at: bigint;
  /** As answers have it. Made for the first of them. */
  json?: string;
}

/**
 * The knowledge about all blobs of a store, for all requests that wait: one watch of the store, begun with the first of
 * them. A client that has an answer knows everything up to the answer's position, and nothing beyond it: the state of a
 * blob is given only once the position has come to it.
 */
export class BlobBoard {
  readonly #storage: BlobStore;
  readonly #listeners = new Set<() => void>();
  #isCalling = false;
  #hasMore = false;
  #watch: BlobWatch | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isCalled = false;
  #isLoaded = false;
  #looking = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** No other board has it, in this process or another one. */
  #cursor = '';
  #newest = new Map<string, Entry>();
  /** In the order of `at`, with those that were replaced: lists need these while the position has not come further. */
  #entries: Entry[] = [];
  /** With so many of them, those that nobody needs are removed. */
  #mostEntries: number = HTTP.replacedAtLeast;
  /** Of what was there at first, no earlier state is known. */
  #listsFrom = 0n;
  /** The ids of deletions that are remembered, the oldest first. */
  #deletions = new Set<string>();
  /** A client that knows less may have missed a deletion. */
  #completeFrom = 0n;
  #position = 0n;

  constructor(storage: BlobStore) {
    this.#storage = storage;
  }

  /** Whether a change that happens now would be known soon. */
  get isFresh(): boolean {
    return this.position > 0n && this.#isLoaded && this.#watch?.status === 'fresh';
  }

  /** Whether nothing follows, as the client was closed. */
  get isOver(): boolean {
    return this.#watch?.stopped === true;
  }

  /** Everything up to it is known. */
  get position(): bigint {
    const position = this.#watch?.position ?? 0n;
    // The ensemble was restored from a backup: what clients know is of another time.
    if (position < this.#position) this.#begin(position);
    else if (!this.#isLoaded && this.#isCalled && position > 0n) {
      this.#isLoaded = true;
      this.#completeFrom = position;
      this.#listsFrom = this.#entries.at(-1)?.at ?? 0n;
    }
    this.#position = position;
    return position;
  }

  /** Begins to follow the store, unless it does so. */
  follow(): void {
    clearTimeout(this.#idle);
    if (this.#watch && !this.#watch.stopped) return;
    this.#isLoaded = false;
    this.#isCalled = false;
    this.#newest = new Map();
    this.#position = 0n;
    this.#begin(0n);
    const watch = this.#storage.watchAll('', (changes) => this.#changed(watch, changes), { maxIdleTimeout: Infinity });
    for (const event of ['resynced', 'stop'] as const) watch.on(event as 'resynced', this.#notify);
    // Without a listener, the log of the client has it.
    watch.on('error', () => {});
    this.#watch = watch;
  }

  /** Nobody waits: the watch ends unless somebody comes. */
  leave(): void {
    clearTimeout(this.#idle);
    this.#idle = backgroundTimer(() => this.#watch?.stop(), HTTP.watchFor);
  }

  /**
   * The answer for a client that knows everything up to `since`; `null` when there is none yet, because nothing has
   * changed or because it is not known enough.
   *
   * @param since `null` for one that knows nothing
   * @param cursor of the answer that had `since`; `null` where it is taken for one of this board
   */
  answer(since: bigint | null, cursor: string | null, interest: Interest): string | null {
    const { position } = this;
    if (!this.#isLoaded || (since ?? 0n) > position) return null;
    if (since === null || !this.#isKnown(since, cursor)) {
      return this.isFresh && position >= this.#listsFrom ? this.list(interest) : null;
    }
    const entries = this.#after(since).filter(({ id, at }) => at <= position && isOf(interest, id));
    return entries.length === 0 ? null : this.#toAnswer(position, entries);
  }

  /** Every blob that there was at the position. */
  list(interest: Interest): string {
    const { position } = this;
    const entries = [...this.#until(position).values()];
    const listed = entries.filter(({ id, info }) => info !== null && isOf(interest, id));
    return this.#toAnswer(position, listed, true);
  }

  /** The answer that nothing has changed. */
  nothing(since: bigint): string {
    const { position } = this;
    return this.#toAnswer(position > since ? position : since, []);
  }

  /** Where a client that has no answer may go on from, as if it had asked again; `null` when that is not known. */
  advanced(since: bigint | null, cursor: string | null): { readonly since: bigint; readonly cursor: string } | null {
    if (since === null || !this.isFresh || since > this.position || !this.#isKnown(since, cursor)) return null;
    return { since: this.position, cursor: this.#cursor };
  }

  /** Calls back when there may be an answer. Returns a function that removes the listener. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In how many ms there may be an answer without a call of the listeners; `null`: each comes with one. */
  lookIn(since: bigint | null): number | null {
    const { position } = this;
    const newest = this.#entries.at(-1)?.at ?? 0n;
    const isBehind = (since ?? 0n) > position;
    if (isBehind) this.#look();
    const isLoading = this.#isCalled && !this.#isLoaded;
    // The end of an interruption calls the listeners: all requests wait for that, maybe for long.
    if (!isLoading && this.#watch?.status !== 'fresh') return HTTP.lookAgain;
    return !this.isFresh || isBehind || newest > position ? HTTP.lookEvery : null;
  }

  /** Any answer of a server shows how new it is. */
  #look(): void {
    const now = performance.now();
    if (this.#looking || now - this.#lookedAt < HTTP.lookAgain) return;
    this.#looking = true;
    this.#lookedAt = now;
    const done = (): void => {
      this.#looking = false;
    };
    this.#storage.info('position').then(done, done);
  }

  #isKnown(since: bigint, cursor: string | null): boolean {
    return since >= this.#completeFrom && (cursor === null || cursor === this.#cursor);
  }

  /** Not before the call of the watch has settled, whose changes are not up to the position until then. */
  readonly #notify = (): void => {
    this.#hasMore = true;
    if (this.#isCalling) return;
    this.#isCalling = true;
    soon(() => void this.#callAll());
  };

  async #callAll(): Promise<void> {
    while (this.#hasMore) {
      this.#hasMore = false;
      for (const listener of [...this.#listeners]) {
        if (isSliceOver()) await nextSlice();
        listener();
      }
    }
    this.#isCalling = false;
  }

  #begin(position: bigint): void {
    this.#cursor = crypto.randomUUID().slice(0, 13);
    this.#completeFrom = position;
    this.#listsFrom = 0n;
    this.#deletions = new Set();
    this.#entries = [];
    for (const [id, { info }] of this.#newest) if (info === null) this.#newest.delete(id);
  }

  #changed(watch: BlobWatch, changes: readonly BlobChange[]): void {
    if (watch !== this.#watch) return;
    this.#isCalled = true;
    const inOrder = [...changes].sort((one, other) => Number(one.position - other.position));
    for (const { id, file, position } of inOrder) this.#add(id, file?.info ?? null, position);
    this.#notify();
  }

  #add(id: string, info: BlobInfo | null, position: bigint): void {
    const before = this.#entries.at(-1)?.at ?? 0n;
    const entry = { id, info, at: position > before ? position : before };
    this.#newest.set(id, entry);
    this.#entries.push(entry);
    this.#deletions.delete(id);
    if (!info) this.#deletions.add(id);
    if (this.#deletions.size > HTTP.history) this.#forget();
    if (this.#entries.length >= this.#mostEntries) this.#removeReplaced();
  }

  /** Removes the entries that neither changes nor lists need any more. */
  #removeReplaced(): void {
    const position = this.#position;
    const isReplaced = new Set<string>();
    const kept = this.#entries.toReversed().filter(({ id, at }) => {
      const isNeeded = !isReplaced.has(id);
      if (at <= position) isReplaced.add(id);
      return isNeeded;
    });
    this.#entries = kept.reverse();
    this.#mostEntries = 2 * kept.length + HTTP.replacedAtLeast;
  }

  /** Forgets the oldest deletion. */
  #forget(): void {
    const [id = ''] = this.#deletions;
    this.#deletions.delete(id);
    this.#completeFrom = this.#newest.get(id)?.at ?? this.#completeFrom;
    this.#newest.delete(id);
  }

  /** The states of all blobs at the position: a state beyond it may be newer than all that another server knows. */
  #until(position: bigint): ReadonlyMap<string, Entry> {
    const states = new Map(this.#newest);
    const beyond = new Set<string>();
    for (const entry of this.#entries.toReversed()) {
      const { id, at } = entry;
      if (at > position) {
        if (states.delete(id)) beyond.add(id);
      } else if (beyond.size === 0) break;
      else if (beyond.delete(id)) states.set(id, entry);
    }
    return states;
  }

  /** The newest states of the blobs that have changed after a position. */
  #after(since: bigint): Entry[] {
    const found: Entry[] = [];
    for (let index = this.#entries.length - 1; index >= 0; index -= 1) {
      const entry = this.#entries[index] as Entry;
      if (entry.at <= since) break;
      if (this.#newest.get(entry.id) === entry) found.push(entry);
    }
    return found.reverse();
  }

  /** The JSON of a `WireChanges`: thousands are answered with the same. */
  #toAnswer(position: bigint, entries: readonly Entry[], isReset = false): string {
    const changes = entries.map((entry) => {
      entry.json ??= JSON.stringify({ id: entry.id, blob: entry.info && toWireBlob(entry.info) });
      return entry.json;
    });
    const reset = isReset ? ',"reset":true' : '';
    return `{"position":"${position}","cursor":"${this.#cursor}"${reset},"changes":[${changes.join(',')}]}`;
  }
}

function isOf({ ids, prefixes }: Interest, id: string): boolean {
  return ids.has(id) || prefixes.some((prefix) => id.startsWith(prefix));
}
