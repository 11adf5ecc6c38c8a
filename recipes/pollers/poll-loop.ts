import { onAbort } from '../../lib/core/abort.js';
import { backoff } from '../../lib/core/retry.js';
import { POLLING } from './limits.js';
import type { PollEvent, PollEventsOptions } from './types.js';

type Result = IteratorResult<PollEvent[], undefined>;

const DONE: Result = { done: true, value: undefined };

/** The poller around a loop. */
export interface PollLoopOwner {
  getNewEvents(options: { signal: AbortSignal }): Promise<PollEvent[]>;
  /** From now on the loop is to hear of pushes, and to be ended at once when the poller is closed. */
  loopBegan(loop: PollLoop): void;
  loopEnded(loop: PollLoop): void;
}

/** The lists of events of a poller as a loop. */
export class PollLoop implements AsyncIterableIterator<PollEvent[], undefined> {
  readonly #owner: PollLoopOwner;
  readonly #interval: number;
  readonly #signal: AbortSignal | undefined;
  readonly #ending = new AbortController();
  /** Settles when the requests so far have; missing before the first one. */
  #requests: Promise<unknown> | undefined;
  #letGo = (): void => {};
  #wasPushed = false;
  /** Calls in a row that a push has caused, and that have found nothing. */
  #idlePushes = 0;
  #isWokenByPush = false;
  #wake = (): void => {};

  constructor(owner: PollLoopOwner, { interval = POLLING.interval, signal }: PollEventsOptions) {
    this.#owner = owner;
    this.#interval = interval;
    this.#signal = signal;
  }

  /** Something may have changed. */
  pushed(): void {
    this.#wasPushed = true;
    if (this.#isWokenByPush) this.#wake();
  }

  /** Ends the loop: a request in flight gets what its call has found, and those after it nothing. */
  end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#letGo();
    this.#wake();
    this.#owner.loopEnded(this);
  }

  next(): Promise<Result> {
    if (!this.#requests) this.#begin();
    const request = Promise.resolve(this.#requests).then(() => this.#next());
    this.#requests = request.catch(() => {});
    return request;
  }

  async return(): Promise<Result> {
    this.end();
    await this.#requests;
    return DONE;
  }

  async throw(error?: unknown): Promise<never> {
    this.end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #begin(): void {
    this.#owner.loopBegan(this);
    this.#letGo = onAbort(this.#signal, () => this.end());
    if (this.#ending.signal.aborted) this.#letGo();
  }

  async #next(): Promise<Result> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#wasPushed = false;
      const events = await this.#newEvents(signal);
      if (events.length > 0) {
        this.#idlePushes = 0;
        return { done: false, value: events };
      }
      if (!signal.aborted) await this.#pause();
    }
    return DONE;
  }

  async #newEvents(signal: AbortSignal): Promise<PollEvent[]> {
    try {
      return await this.#owner.getNewEvents({ signal });
    } catch (error) {
      if (signal.aborted) return [];
      this.end();
      throw error;
    }
  }

  /** Until the interval is over, or a push. Pushes that lead to nothing may not keep the processor busy. */
  async #pause(): Promise<void> {
    const isBusy = this.#idlePushes >= POLLING.idlePushes;
    const least = isBusy ? Math.min(backoff(this.#idlePushes, POLLING.pause), this.#interval) : 0;
    if (least > 0) await this.#sleep(least, false);
    if (!this.#wasPushed) await this.#sleep(this.#interval - least, true);
    this.#idlePushes = this.#wasPushed ? this.#idlePushes + 1 : 0;
  }

  #sleep(ms: number, isWokenByPush: boolean): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#isWokenByPush = false;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#isWokenByPush = isWokenByPush;
      this.#wake = wake;
    });
  }
}
