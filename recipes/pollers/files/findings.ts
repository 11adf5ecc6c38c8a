import type { BigIntStats } from 'node:fs';
import type { FoundEntry, Question } from '../source.js';
import { compareFile, isDirectoryIn } from './file-entry.js';
import { type ByteText, parentOf } from './file-names.js';
import type { FileState } from './file-state.js';
import { FILES } from './limits.js';

const SECOND = 1_000_000_000n;
/** Nanoseconds in a millisecond. */
const NS = 1_000_000;

/** The findings of a look at a directory: compares each entry with the known one. */
export class Findings {
  readonly found = new Map<ByteText, FoundEntry | null>();
  /** Entries that changed just before, and that the system does not report: until when they may do so unseen. */
  readonly racy = new Map<ByteText, number>();
  /** The same where the system reports changes: a hint that follows is a change. */
  readonly young = new Map<ByteText, number>();
  /** Whether a file has a further name: its other names, wherever they are, have changed too. */
  hasNewLink = false;
  readonly #state: FileState;
  readonly #question: Question;
  readonly #startedAt = performance.now();
  /** A file that has not changed since then cannot change unseen any more. */
  readonly #oldBefore = BigInt(Date.now() - FILES.secondsTick) * BigInt(NS);
  /** The entries that exist and are not among those found: they are as they are known, or have to rest. */
  readonly #unchanged = new Set<ByteText>();
  readonly #hinted = new Set<ByteText>();
  /** Directories that are gone, with all that was in them. */
  readonly #gone = new Set<ByteText>();
  /** Entries that may not be read: they stay as they are known, with all that is in them. */
  readonly #kept = new Set<ByteText>();

  constructor(state: FileState, question: Question) {
    this.#state = state;
    this.#question = question;
  }

  hasSeen(key: ByteText): boolean {
    return this.#unchanged.has(key) || Boolean(this.found.get(key));
  }

  keep(key: ByteText): void {
    this.#kept.add(key);
  }

  /**
   * Compares an entry.
   *
   * @param isReported whether the system reports its changes
   */
  consider(key: ByteText, stat: BigIntStats, isHinted: boolean, isReported: boolean): void {
    const { known, isBaseline } = this.#question;
    const { rests, hasBirth, watches } = this.#state;
    const before = known.get(key);
    const isDirectory = isDirectoryIn(stat);
    // The directory that was here: to list it by this path would follow a link.
    if (!isDirectory) watches.close(key);
    if (isHinted) this.#hinted.add(key);
    this.#countLinks(key, isDirectory ? 1n : stat.nlink);
    const isForced = !isDirectory && this.#hasChangedUnseen(key);
    const entry = compareFile(stat, before, { hasBirth, isForced, isBaseline });
    if (before?.isDirectory && entry && entry.id !== before.id) this.#gone.add(key);
    if (!entry) rests.forget(key);
    if (!entry || (!isBaseline && !isDirectory && rests.mustWait(key, entry, stat))) {
      this.found.delete(key);
      this.#unchanged.add(key);
      return;
    }
    this.found.set(key, entry);
    if (!isDirectory) this.#noteAge(key, stat, isReported && stat.nlink === 1n);
  }

  /** There is nothing. */
  isGone(key: ByteText): void {
    const { rests, links, watches } = this.#state;
    const before = this.#question.known.get(key);
    if (before) this.found.set(key, null);
    else this.found.delete(key);
    this.#unchanged.delete(key);
    rests.forget(key);
    links.delete(key);
    if (before?.isDirectory || watches.get(key)) this.#gone.add(key);
  }

  /** Another directory is in the place of a known one: the entries of that are gone. */
  isReplaced(key: ByteText): void {
    if (key !== '') this.#gone.add(key);
  }

  /** All was compared: an entry that was not seen is gone. */
  isUnseen(key: ByteText): void {
    if (!this.hasSeen(key) && !this.#isWithin(this.#kept, key)) this.isGone(key);
  }

  /** The entries of directories that are gone. */
  get isAnythingBelowGone(): boolean {
    return this.#gone.size > 0;
  }

  /** Whether an entry of before was in a directory that is gone. */
  isBelowGone(key: ByteText): boolean {
    return !this.hasSeen(key) && this.#isWithin(this.#gone, key) && !this.#isWithin(this.#kept, key);
  }

  /** Hints about what has changed just now must mean another change from now on. */
  rememberYoung(): void {
    const { young } = this.#state;
    for (const [key, until] of young) if (until < this.#startedAt) young.delete(key);
    for (const [key, until] of this.young) young.set(key, until);
  }

  /** Two changes within a tick of the kernel's clock leave the same times: the hint is all there is of the second. */
  #hasChangedUnseen(key: ByteText): boolean {
    return this.#hinted.has(key) && this.#state.young.has(key);
  }

  #noteAge(key: ByteText, stat: BigIntStats, isReported: boolean): void {
    if (stat.ctimeNs < this.#oldBefore) return;
    const left = timeUntilOld(stat);
    if (left > 0) (isReported ? this.young : this.racy).set(key, performance.now() + left);
  }

  #countLinks(key: ByteText, count: bigint): void {
    const { links } = this.#state;
    if (count < 2n) {
      if (links.size > 0) links.delete(key);
      return;
    }
    if (count > (links.get(key) ?? 1n)) this.hasNewLink = true;
    links.set(key, count);
  }

  #isWithin(directories: ReadonlySet<ByteText>, key: ByteText): boolean {
    if (directories.size === 0) return false;
    for (let each: ByteText | undefined = key; each !== undefined; each = parentOf(each)) {
      if (directories.has(each)) return true;
    }
    return false;
  }
}

/** How long a further change may leave the times of a file as they are, in ms. */
function timeUntilOld({ ctimeNs }: BigIntStats): number {
  const age = Date.now() - Number(ctimeNs) / NS;
  const tick = ctimeNs % SECOND === 0n ? FILES.secondsTick : FILES.tick;
  // Of a clock that is far ahead nothing can be said.
  return age < -tick ? 0 : tick - age;
}
