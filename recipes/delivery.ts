import { isThenable } from '../lib/guarded-emitter.js';

/** What a delivery does with a state. */
export interface DeliveryActions<S> {
  /** Whether the function need not be called again for `next`. */
  isSame(delivered: S, next: S): boolean;
  /** Whether a call may begin now. */
  mayCall(): boolean;
  /** Calls the user's function. `delivered` is what it was called with last. */
  call(next: S, delivered: S | undefined): unknown;
  /** A call has settled. */
  settled(result: unknown): void;
  /** A call has thrown, or its promise has rejected. */
  threw(error: unknown): void;
}

/**
 * Calls one function with the newest state: one call at a time, the states that come meanwhile replaced by the newest,
 * never synchronously. Goes on after a call that throws; `end()` is final.
 */
export class Delivery<S> {
  readonly #actions: DeliveryActions<S>;
  #pending: S | undefined;
  #delivered: S | undefined;
  #isBusy = false;
  #isOver = false;

  constructor(actions: DeliveryActions<S>) {
    this.#actions = actions;
  }

  /** Whether the function has been called, be it that the call has not settled yet. */
  get hasBegun(): boolean {
    return this.#delivered !== undefined;
  }

  offer(state: S): void {
    if (this.#isOver) return;
    // What was found first keeps what it was found by.
    if (this.#pending !== undefined && this.#actions.isSame(this.#pending, state)) return;
    this.#pending = state;
    if (this.#isBusy) return;
    this.#isBusy = true;
    queueMicrotask(() => this.#run());
  }

  /** No call begins any more. */
  end(): void {
    this.#isOver = true;
    this.#pending = undefined;
  }

  #run(): void {
    for (let state = this.#take(); state !== undefined; state = this.#take()) {
      const delivered = this.#delivered;
      if (delivered !== undefined && this.#actions.isSame(delivered, state)) continue;
      if (!this.#actions.mayCall()) break;
      this.#delivered = state;
      if (this.#call(state, delivered) === 'later') return;
    }
    this.#isBusy = false;
  }

  #take(): S | undefined {
    const state = this.#pending;
    this.#pending = undefined;
    return state;
  }

  #call(state: S, delivered: S | undefined): 'now' | 'later' {
    try {
      const result = this.#actions.call(state, delivered);
      if (!isThenable(result)) {
        this.#actions.settled(result);
        return 'now';
      }
      Promise.resolve(result).then(
        (value) => this.#settledLater(() => this.#actions.settled(value)),
        (error) => this.#settledLater(() => this.#actions.threw(error)),
      );
      return 'later';
    } catch (error) {
      this.#actions.threw(error);
      return 'now';
    }
  }

  #settledLater(tell: () => void): void {
    tell();
    this.#run();
  }
}
