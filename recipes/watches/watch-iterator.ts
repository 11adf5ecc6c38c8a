import type { WatchLife } from './watch-controller.js';
import type { End } from './watch-types.js';

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * A watch as a loop: each value is the newest state when it is asked for, and the loop's body is the call, so that what
 * comes meanwhile is replaced by the newest. The watch starts with the first `next()`; it stops with the loop.
 */
export class WatchIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #life: Pick<WatchLife<never, never>, 'begin' | 'stopByUser'>;
  /** Those who have asked for a value and have none. */
  readonly #waiters: Waiter<T>[] = [];
  /** Lets the delivery go on, when it waits for somebody to ask. */
  #asked: (() => void) | undefined;
  #isBegun = false;
  #end: End | undefined;

  /** @param life claimed for this iterator: it calls `hand` and `ended` */
  constructor(life: Pick<WatchLife<never, never>, 'begin' | 'stopByUser'>) {
    this.#life = life;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
    if (this.#end) this.#settleAll();
    else if (this.#isBegun) this.#goOn();
    else this.#begin();
    return result;
  }

  /** As `break` does: stops the watch. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#life.stopByUser();
    return { done: true, value: undefined };
  }

  async throw(error?: unknown): Promise<never> {
    this.#life.stopByUser();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Called with each state, when somebody waits for it. The promise is of the next time that somebody does. */
  readonly hand = (value: T): Promise<void> | undefined => {
    this.#waiters.shift()?.resolve({ done: false, value });
    if (this.#waiters.length > 0) return undefined;
    return new Promise((resolve) => {
      this.#asked = resolve;
    });
  };

  /** The watch has stopped. */
  readonly ended = (end: End): void => {
    this.#end = end;
    this.#settleAll();
    // The turn that runs is the last: nobody may ask for another, and `ready` waits for it to settle.
    this.#goOn();
  };

  #begin(): void {
    this.#isBegun = true;
    this.#life.begin();
  }

  #goOn(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.();
  }

  /** An error is told once; after it, as after any end, there is nothing more. */
  #settleAll(): void {
    for (const waiter of this.#waiters.splice(0)) {
      const end = this.#end;
      this.#end = {};
      if (end && 'error' in end) waiter.reject(end.error);
      else waiter.resolve({ done: true, value: undefined });
    }
  }
}
