import type { AfterPoll } from '../../core/timers.js';
import { afterPoll } from '../after-poll.js';

/** Repeats a check at an interval, for as long as there is something to check. */
export class Sweep {
  readonly #interval: number;
  readonly #check: () => boolean;
  #next: AfterPoll | undefined;
  /** Identifies the clock: fake timers of a test replace it. */
  #clock = setTimeout;

  /**
   * @param interval in ms
   * @param check returns whether to check again later
   */
  constructor(interval: number, check: () => boolean) {
    this.#interval = interval;
    this.#check = check;
  }

  /** Schedules the next check, unless one is scheduled. */
  arm(): void {
    if (this.#clock !== setTimeout) this.stop();
    this.#clock = setTimeout;
    this.#next ??= afterPoll(this.#interval, () => {
      this.#next = undefined;
      if (this.#check()) this.arm();
    });
  }

  stop(): void {
    this.#next?.cancel();
    this.#next = undefined;
  }
}
