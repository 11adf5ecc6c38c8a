import { Deadline } from '../../lib/core/deadline.js';

/** Measures how long nothing has happened, while a watch is fresh: a time without a connection is no quiet time. */
export class IdleClock {
  readonly #most: number;
  readonly #onIdle: () => void;
  #left: number;
  #since = 0;
  #deadline: Deadline | undefined;

  /** @param most after so many ms `onIdle` is called */
  constructor(most: number, onIdle: () => void) {
    this.#most = most;
    this.#left = most;
    this.#onIdle = onIdle;
  }

  /** Something has happened: the time starts again. */
  restart(): void {
    const isRunning = this.#deadline !== undefined;
    this.stop();
    this.#left = this.#most;
    if (isRunning) this.run(true);
  }

  /** @param isFresh whether the time counts from now on */
  run(isFresh: boolean): void {
    if (!isFresh) return this.stop();
    if (this.#deadline || this.#most === Infinity) return;
    this.#since = performance.now();
    this.#deadline = new Deadline(this.#left, this.#onIdle);
  }

  stop(): void {
    if (!this.#deadline) return;
    this.#left -= performance.now() - this.#since - this.#deadline.missed;
    this.#deadline.cancel();
    this.#deadline = undefined;
  }
}
