import type { WatchController } from './watch-controller.js';
import type { WatchEnd } from './watch-types.js';

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/**
 * A watch as a loop: the loop's body takes the place of the function, so each value is the newest state at the time it
 * is requested, and states that arrive during the body are coalesced. The watch starts with the first `next()` and
 * stops with the loop.
 */
export class WatchIterator<T> implements AsyncIterableIterator<T, undefined> {
  readonly #controller: Pick<WatchController<never, never>, 'begin' | 'stopByUser'>;
  /** The calls of `next()` that have no value yet. */
  readonly #waiters: Waiter<T>[] = [];
  /** Resolves the promise that the delivery awaits until the next value is requested. */
  #resume: (() => void) | undefined;
  #hasBegun = false;
  #end: WatchEnd | undefined;

  /** @param controller has been claimed with this iterator's `deliver` and `ended` */
  constructor(controller: Pick<WatchController<never, never>, 'begin' | 'stopByUser'>) {
    this.#controller = controller;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
    if (this.#end) this.#settleAll();
    else if (this.#hasBegun) this.#resumeDelivery();
    else this.#begin();
    return result;
  }

  /** Stops the watch, as `break` does. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.#controller.stopByUser();
    return { done: true, value: undefined };
  }

  async throw(error?: unknown): Promise<never> {
    this.#controller.stopByUser();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Resolves a waiting `next()`. The returned promise resolves when another value is requested. */
  readonly deliver = (value: T): Promise<void> | undefined => {
    this.#waiters.shift()?.resolve({ done: false, value });
    if (this.#waiters.length > 0) return undefined;
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  };

  /** The watch has stopped. */
  readonly ended = (end: WatchEnd): void => {
    this.#end = end;
    this.#settleAll();
    // The running turn is the last: no `next()` may follow it, and `ready` waits for it to settle.
    this.#resumeDelivery();
  };

  #begin(): void {
    this.#hasBegun = true;
    this.#controller.begin();
  }

  #resumeDelivery(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  /** An error is thrown once; after it, as after any end, the iterator is done. */
  #settleAll(): void {
    for (const waiter of this.#waiters.splice(0)) {
      const end = this.#end;
      this.#end = {};
      if (end && 'error' in end) waiter.reject(end.error);
      else waiter.resolve({ done: true, value: undefined });
    }
  }
}
