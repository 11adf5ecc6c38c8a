import type { CompiledFilter, TreeNode } from '../../../recipes/changes/index.js';
import { WIRE_FLAGS } from '../../../recipes/events/index.js';
import { isSliceOver, nextSlice } from '../../core/slices.js';
import type { ChangeLog, LogEntry } from './change-log.js';
import type { ChangeKind } from './encoded-changes.js';
import { GATEWAY } from './limits.js';
import type { Currency, TreeFeed } from './tree-feed.js';

/** The state of a client, and its wishes. */
export interface ReaderRequest {
  readonly filters: readonly CompiledFilter[];
  readonly since: bigint | undefined;
  readonly seen: bigint | undefined;
  readonly cursor: string | undefined;
  readonly isListing: boolean;
  /** The znode at the root when the client heard last. */
  readonly root: string | undefined;
}

/** A part of the changes, as JSON without its opening brace. */
export interface ReadBatch {
  readonly text: string;
  /** Whether it has a change, or begins or continues a list. */
  readonly isNews: boolean;
  readonly hasMore: boolean;
  /** Everything up to it is part of this batch, or of those before. */
  readonly position: bigint;
}

/** A list of znodes that have not changed. */
interface Listing {
  /** Znodes created before it are left out; `null`: none is. */
  readonly after: bigint | null;
  /** Entries from this number on are changes. */
  readonly end: number;
}

/** Reads the log for one client. It keeps nothing but where it is: a slow client costs no memory. */
export class Reader {
  readonly #feed: TreeFeed;
  readonly #filters: readonly CompiledFilter[];
  #log: ChangeLog;
  /** The number of the next entry. */
  #seq: number;
  /** The client knows everything up to it; `-1n`: nothing. */
  #since: bigint;
  #listing: Listing | null = null;
  /** Members of the next batch. */
  #opening = '';

  /** The feed is as new as the client. */
  constructor(feed: TreeFeed, request: ReaderRequest, currency: Currency) {
    const { filters, since, cursor, isListing, root } = request;
    this.#feed = feed;
    this.#filters = filters;
    this.#log = feed.log;
    this.#since = since ?? feed.position;
    this.#seq = this.#log.end;
    // Another znode at the root may be one of another ensemble, whose zxids happen to be as large.
    const isRestored = currency === 'restored' || (root !== undefined && root !== (feed.root ?? root));
    const known = isListing || isRestored ? null : this.#parseCursor(cursor);
    if (isRestored) this.#startOver();
    else if (known) [this.#seq, this.#listing] = known;
    else if (isListing) this.#list(null);
    else if (since !== undefined) this.#list(feed.hasZxids ? this.#log.unknownAfter(since) : null);
  }

  /** The next batch; without news and `hasMore` there is nothing else for now. */
  async next(): Promise<ReadBatch> {
    if (this.#log !== this.#feed.log) this.#startOver();
    else if (!this.#hasAll(this.#seq, this.#listing)) this.#list(null);
    const changes: string[] = [];
    const known: string[] = [];
    let length = 0;
    let compared = 0;
    let entry = this.#log.next(this.#seq);
    for (; entry && length < GATEWAY.batchLength; entry = this.#log.next(this.#seq)) {
      const text = this.#read(entry, changes, known);
      length += text;
      this.#seq = entry.seq + 1;
      compared += 1 + this.#filters.length;
      if (compared < GATEWAY.comparedAtOnce) continue;
      compared = 0;
      if (isSliceOver()) await nextSlice();
    }
    return this.#toBatch(changes, known, entry !== undefined);
  }

  /** @returns the length of what was added */
  #read(entry: LogEntry, changes: string[], known: string[]): number {
    const { seq, at, node } = entry;
    const isChange = seq >= (this.#listing?.end ?? 0) || at > this.#since;
    const isListed = !isChange && node && (this.#listing?.after ?? -1n) < node.stat.czxid;
    if (!isChange && !isListed) return 0;
    const encoded = this.#feed.encoded.of(entry, this.#kindOf(entry));
    if (!this.#filters.some((filter) => filter.matches(encoded.change))) return 0;
    const text = isChange ? encoded.text : toKnown(node as TreeNode);
    (isChange ? changes : known).push(text);
    return text.length;
  }

  /** How the entry is a change since the position of the client. */
  #kindOf({ node, gone }: LogEntry): ChangeKind {
    const since = this.#since;
    if (!node) return { type: 'deleted', recreated: false };
    const { czxid } = node.stat;
    const recreated = czxid > since && gone !== null && gone.czxid <= since && gone.at > since;
    return { type: czxid > since && !recreated ? 'created' : 'modified', recreated };
  }

  #toBatch(changes: readonly string[], known: readonly string[], hasMore: boolean): ReadBatch {
    const isNews = changes.length > 0 || known.length > 0 || this.#opening !== '';
    const opening = this.#opening;
    this.#opening = '';
    const parts = [`"path":${JSON.stringify(this.#feed.path)}${opening},"changes":[${changes.join(',')}]`];
    if (known.length > 0) parts.push(`"known":[${known.join(',')}]`);
    const { position } = this.#feed;
    if (hasMore) parts.push('"more":true');
    else {
      this.#listing = null;
      if (position > this.#since) this.#since = position;
      parts.push(`"position":"${position}"`);
    }
    const { root } = this.#feed;
    if (root !== undefined) parts.push(`"root":"${root}"`);
    parts.push(`"seen":"${this.#log.seen}","cursor":"${this.#toCursor()}"}`);
    return { text: parts.join(','), isNews, hasMore, position };
  }

  /** The zxids of before mean nothing any more: everything is a change. */
  #startOver(): void {
    this.#log = this.#feed.log;
    this.#since = -1n;
    this.#list(null);
    this.#opening += ',"restored":true';
  }

  /** @param after `null` for a full list */
  #list(after: bigint | null): void {
    this.#listing = { after, end: this.#log.end };
    this.#seq = this.#log.firstAfter(after ?? -1n);
    this.#opening = after === null ? ',"reset":true' : `,"recheck":"${after}"`;
  }

  #toCursor(): string {
    const cursor = `${this.#log.name}.${this.#seq}`;
    if (!this.#listing) return cursor;
    return `${cursor}.${this.#listing.end}.${this.#listing.after ?? ''}`;
  }

  /** Where a client continues; `null` when that is not known here. */
  #parseCursor(cursor: string | undefined): [seq: number, listing: Listing | null] | null {
    const match = /^([0-9a-z]+)\.(\d{1,15})(?:\.(\d{1,15})\.(\d{0,19}))?$/.exec(cursor ?? '');
    if (!match || match[1] !== this.#log.name) return null;
    const seq = Number(match[2]);
    const end = Number(match[3]);
    const listing = match[3] === undefined ? null : { end, after: match[4] ? BigInt(match[4]) : null };
    return this.#hasAll(seq, listing) ? [seq, listing] : null;
  }

  /** Whether no deletion was forgotten that the client has to be sent. */
  #hasAll(seq: number, listing: Listing | null): boolean {
    if (!listing) return this.#log.hasAllFrom(seq);
    // A full list says what exists, and so needs no deletion of before it began.
    const needed = listing.after === null ? listing.end : this.#log.firstAfter(this.#since);
    return this.#log.hasAllFrom(Math.max(seq, needed));
  }
}

function toKnown({ path, stat, unreadable }: TreeNode): string {
  const flags = (stat.ephemeralOwner !== 0n ? WIRE_FLAGS.ephemeral : 0) + (unreadable ? WIRE_FLAGS.unreadable : 0);
  return `[${JSON.stringify(path)},"${stat.czxid}","${stat.mzxid}",${flags}]`;
}
