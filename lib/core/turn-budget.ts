// Not the global one, which fake timers replace: readers would wait for ever.
import { setImmediate } from 'node:timers';

/** Spreads work over turns of the event loop: a socket can be read many times in one turn, and block the process. */
export class TurnBudget {
  readonly #most: number;
  #spent = 0;
  #nextTurn: Promise<void> | undefined;

  /** @param most the work of one turn */
  constructor(most: number) {
    this.#most = most;
  }

  /** Notes work that was done. Returns a promise to wait for before the next, if this turn has had enough. */
  spend(work: number): Promise<void> | undefined {
    this.#spent += work;
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#spent = 0;
        this.#nextTurn = undefined;
        resolve();
      });
    });
    return this.#spent >= this.#most ? this.#nextTurn : undefined;
  }
}
