import { isThenable } from '../../lib/core/guarded-emitter.js';

/**
 * Calls one function with the newest state: one call at a time, the states that come meanwhile replaced by the newest,
 * never synchronously. Goes on after a call that throws; `end()` is final.
 */
export abstract class Delivery<S> {
  #pending: S | undefined;
  #delivered: S | undefined;
  #phase: 'idle' | 'busy' | 'over' = 'idle';
  #afterwards: (() => void) | undefined;

  /** Whether the function has been called, be it that the call has not settled yet. */
  get hasBegun(): boolean {
    return this.#delivered !== undefined;
  }

  /** Whether the function has been called with the newest state, be it that the call has not settled yet. */
  get isUpToDate(): boolean {
    return this.hasBegun && this.#pending === undefined;
  }

  /** Whether no call begins any more. */
  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Calls with this state, as soon as the calls before have settled, unless a newer one comes. */
  offer(state: S): void {
    if (this.#phase === 'over') return;
    // What was found first keeps what it was found by.
    if (this.#pending !== undefined && this.isSame(this.#pending, state)) return;
    this.#pending = state;
    if (this.#phase === 'busy') return;
    this.#phase = 'busy';
    queueMicrotask(() => this.#run());
  }

  /** Calls back once no state waits and no call runs; at once when that is so. Never after the end. */
  whenIdle(callback: () => void): void {
    if (this.#phase === 'idle') callback();
    else if (this.#phase === 'busy') this.#afterwards = callback;
  }

  /** No call begins any more. */
  end(): void {
    this.#phase = 'over';
    this.#pending = undefined;
    this.#afterwards = undefined;
  }

  /** Whether the function need not be called again for `next`. */
  protected abstract isSame(delivered: S, next: S): boolean;
  /** Whether a call may begin now. */
  protected abstract mayCall(): boolean;
  /** Calls the user's function. `delivered` is what it was called with last. */
  protected abstract call(next: S, delivered: S | undefined): unknown;
  /** A call has settled. */
  protected abstract settled(result: unknown): void;
  /** A call has thrown, or its promise has rejected. */
  protected abstract threw(error: unknown): void;

  #run(): void {
    for (let state = this.#take(); state !== undefined; state = this.#take()) {
      const delivered = this.#delivered;
      const isNews = delivered === undefined || !this.isSame(delivered, state);
      if (isNews && !this.mayCall()) break;
      // Also what is no news: else the older of the two would be held beside the one that the observer holds.
      this.#delivered = state;
      if (isNews && this.#call(state, delivered) === 'later') return;
    }
    if (this.#phase !== 'busy') return;
    this.#phase = 'idle';
    const afterwards = this.#afterwards;
    this.#afterwards = undefined;
    afterwards?.();
  }

  #take(): S | undefined {
    const state = this.#pending;
    this.#pending = undefined;
    return state;
  }

  #call(state: S, delivered: S | undefined): 'now' | 'later' {
    try {
      const result = this.call(state, delivered);
      if (!isThenable(result)) {
        this.settled(result);
        return 'now';
      }
      Promise.resolve(result).then(
        (value) => this.#settledLater(() => this.settled(value)),
        (error) => this.#settledLater(() => this.threw(error)),
      );
      return 'later';
    } catch (error) {
      this.threw(error);
      return 'now';
    }
  }

  #settledLater(tell: () => void): void {
    tell();
    this.#run();
  }
}
