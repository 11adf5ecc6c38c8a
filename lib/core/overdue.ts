import { backgroundTimer } from './timers.js';

/** The items that are overdue, and the one that began first. */
export interface Delay<T> {
  readonly oldest: T;
  /** For how long the oldest has lasted, in ms. */
  readonly lastingMs: number;
  readonly items: readonly T[];
}

/** Notices items that began and have not ended in time, with one timer for all of them. */
export class Overdue<T extends object> {
  readonly #after: number;
  readonly #report: (delay: Delay<T>) => void;
  readonly #isRepeated: boolean;
  /** When each began, in the order of beginning. */
  readonly #since = new Map<T, number>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param after the time that each has, in ms; with `isRepeated` also the time between two reports
   * @param isRepeated whether an item that does not end is reported again
   */
  constructor(after: number, report: (delay: Delay<T>) => void, isRepeated: boolean) {
    this.#after = after;
    this.#report = report;
    this.#isRepeated = isRepeated;
  }

  begin(item: T): void {
    this.#since.set(item, performance.now());
    if (!this.#timer) this.#wait(this.#after);
  }

  end(item: T): void {
    if (!this.#since.delete(item) || this.#since.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(ms: number): void {
    this.#timer = backgroundTimer(() => this.#due(), ms);
  }

  #due(): void {
    this.#timer = undefined;
    const now = performance.now();
    const overdue: T[] = [];
    let next = this.#after;
    for (const [item, since] of this.#since) {
      // A timer may fire a millisecond early.
      next = since + this.#after - now;
      if (next >= 1) break;
      overdue.push(item);
    }
    const [oldest] = overdue;
    if (oldest !== undefined) {
      const delay = { oldest, lastingMs: now - (this.#since.get(oldest) ?? now), items: overdue };
      if (!this.#isRepeated) for (const item of overdue) this.#since.delete(item);
      this.#report(delay);
      if (this.#isRepeated || next < 1) next = this.#after;
    }
    // The report may have ended items, or begun some.
    if (this.#since.size > 0 && !this.#timer) this.#wait(next);
  }
}
