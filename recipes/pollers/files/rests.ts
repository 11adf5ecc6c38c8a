import type { BigIntStats } from 'node:fs';
import { backgroundTimer } from '../../../lib/core/timers.js';
import type { FoundEntry } from '../source.js';
import type { ByteText } from './file-names.js';

interface Waiting {
  readonly id: string;
  readonly version: string;
  /** When it has rested for long enough, unless it changes. */
  readonly dueAt: number;
}

/** The files that have changed too recently to be reported. */
export class Rests {
  readonly #boundary: number;
  readonly #onDue: () => void;
  readonly #waiting = new Map<ByteText, Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param boundary how long a file has to rest, in ms
   * @param onDue called when one has rested
   */
  constructor(boundary: number, onDue: () => void) {
    this.#boundary = boundary;
    this.#onDue = onDue;
  }

  /** The files to be examined again. */
  get keys(): Iterable<ByteText> {
    return this.#waiting.keys();
  }

  /** Whether a changed file has not rested yet. The time counts from its last change, or since it is seen so. */
  mustWait(key: ByteText, { id, version }: FoundEntry, { ctimeMs }: BigIntStats): boolean {
    if (this.#boundary === 0) return false;
    const known = this.#waiting.get(key);
    const now = performance.now();
    const isKnown = known?.id === id && known.version === version;
    // A clock that is ahead must not make it wait for longer.
    const rested = Math.max(0, Date.now() - Number(ctimeMs));
    const dueAt = isKnown ? known.dueAt : now + this.#boundary - rested;
    if (dueAt <= now) {
      this.#waiting.delete(key);
      return false;
    }
    if (!isKnown) this.#waiting.set(key, { id, version, dueAt });
    return true;
  }

  /** It is gone, or as it was. */
  forget(key: ByteText): void {
    this.#waiting.delete(key);
  }

  clear(): void {
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }

  /** Calls back when the next one is due. */
  schedule(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0) return;
    let next = Infinity;
    for (const { dueAt } of this.#waiting.values()) next = Math.min(next, dueAt);
    this.#timer = backgroundTimer(this.#onDue, Math.max(1, Math.ceil(next - performance.now())));
  }
}
