import { isThenable } from '../../lib/core/guarded-emitter.js';
import { soon } from '../../lib/core/soon.js';

/**
 * Calls one function with the newest state: one call at a time, never synchronously. States that arrive during a call
 * are coalesced. Continues after a call that throws; `end()` is final.
 */
export abstract class Delivery<S> {
  /** Those that begin in the next microtask: one for all watches of a path. */
  static #due: Delivery<unknown>[] = [];
  #pending: S | undefined;
  #delivered: S | undefined;
  #phase: 'idle' | 'busy' | 'over' = 'idle';
  #onIdle: (() => boolean) | undefined;

  /** Whether a call has begun; it may not have settled yet. */
  get hasBegun(): boolean {
    return this.#delivered !== undefined;
  }

  /** Whether a call with the newest state has begun; it may not have settled yet. */
  get isUpToDate(): boolean {
    return this.hasBegun && this.#pending === undefined;
  }

  /** Whether a call runs or is about to begin: a new state would wait for it. */
  get isBusy(): boolean {
    return this.#phase === 'busy';
  }

  /** Whether no further call begins. */
  get isOver(): boolean {
    return this.#phase === 'over';
  }

  /** Schedules a call with this state, after the calls before it have settled. A newer state replaces it. */
  offer(state: S): void {
    if (this.#phase === 'over') return;
    // The first of two equal states knows whether an event caused it.
    if (this.#pending !== undefined && this.isSame(this.#pending, state)) return;
    this.#pending = state;
    if (this.#phase === 'busy') return;
    this.#phase = 'busy';
    if (Delivery.#due.push(this) === 1) soon(Delivery.#runDue);
  }

  /**
   * Calls back in a later microtask in which no state is pending and no call runs, and after each further call until
   * the callback returns true. A newer callback replaces it. Never after the end.
   */
  whenIdle(callback: () => boolean): void {
    if (this.#phase === 'over') return;
    this.#onIdle = callback;
    soon(() => {
      if (this.#phase === 'idle') this.#callBack();
    });
  }

  /** Ends the delivery: no further call begins. */
  end(): void {
    this.#phase = 'over';
    this.#pending = undefined;
    this.#onIdle = undefined;
  }

  /** Whether `next` needs no call of its own. */
  protected abstract isSame(delivered: S, next: S): boolean;
  /** Whether a call may begin now. */
  protected abstract mayCall(): boolean;
  /** Calls the user's function. `delivered` is the state of the previous call. */
  protected abstract call(next: S, delivered: S | undefined): unknown;
  /** The promise of a call has settled. */
  protected awaited(): void {}
  /** A call has returned, or its promise has resolved. */
  protected abstract settled(result: unknown): void;
  /** A call has thrown, or its promise has rejected. */
  protected abstract threw(error: unknown): void;
  /** No call runs any more, and none is due. */
  protected abstract becameIdle(): void;

  static readonly #runDue = (): void => {
    const due = Delivery.#due;
    Delivery.#due = [];
    for (const delivery of due) {
      try {
        delivery.#run();
      } catch (error) {
        // A fault of one must not keep the others from their calls: it is an unhandled rejection.
        void Promise.reject(error);
      }
    }
  };

  #run(): void {
    while (this.#pending !== undefined) {
      if (this.#deliver(this.#pending) === 'awaited') return;
    }
    if (this.#phase !== 'busy') return;
    this.#phase = 'idle';
    this.becameIdle();
    this.#callBack();
  }

  #callBack(): void {
    if (this.#onIdle?.()) this.#onIdle = undefined;
  }

  #deliver(next: S): 'done' | 'awaited' {
    const delivered = this.#delivered;
    this.#pending = undefined;
    const isNew = delivered === undefined || !this.isSame(delivered, next);
    if (isNew && !this.mayCall()) return 'done';
    // Stores duplicates too: keeping the older object would retain a second copy next to the observer's.
    this.#delivered = next;
    if (!isNew) return 'done';
    try {
      const result = this.call(next, delivered);
      if (!isThenable(result)) {
        this.settled(result);
        return 'done';
      }
      Promise.resolve(result).then(
        (value) => this.#continue(() => this.settled(value)),
        (error) => this.#continue(() => this.threw(error)),
      );
      return 'awaited';
    } catch (error) {
      this.threw(error);
      return 'done';
    }
  }

  #continue(report: () => void): void {
    this.awaited();
    report();
    this.#run();
  }
}
