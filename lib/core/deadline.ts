import { DEADLINE } from './limits.js';
import { type AfterPoll, afterPoll } from './timers.js';

/**
 * A verdict after so much time in which the event loop was able to run. A busy loop, a stopped process and a suspended
 * machine delay the answers as they delay the timers, so their time counts for at most a part of the deadline, and what
 * lies in the sockets is read before the verdict.
 *
 * The time is divided into slices. Each ends with a timer, which may come late, and with the poll phase after it.
 */
export class Deadline {
  readonly #verdict: () => void;
  readonly #slice: number;
  #left: number;
  #missed = 0;
  #timer: NodeJS.Timeout | undefined;
  #afterPoll: AfterPoll | undefined;

  /**
   * Starts at once.
   *
   * @param ms how long; less than 1 counts as 1
   * @param verdict called once
   */
  constructor(ms: number, verdict: () => void) {
    this.#verdict = verdict;
    this.#left = Math.max(1, ms);
    this.#slice = Math.ceil(this.#left / DEADLINE.slices);
    this.#next();
  }

  /** The ms that did not count so far, because the loop could not run. */
  get missed(): number {
    return this.#missed;
  }

  /** No verdict any more. Allowed at any time. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#afterPoll?.cancel();
  }

  #next(): void {
    const delay = Math.max(1, Math.min(this.#slice, this.#left));
    const due = performance.now() + delay;
    this.#timer = setTimeout(() => this.#fired(delay, performance.now() - due), delay);
  }

  #fired(delay: number, late: number): void {
    const missed = missedTime(delay, late);
    this.#missed += missed;
    // Timers come up to a millisecond early. More means that a test has replaced them, and not the clock.
    this.#left -= delay + (late > 0 || (late > -1 && delay > 1) ? late - missed : 0);
    const [firedAt, isDue] = [performance.now(), this.#left <= 0];
    // Immediates run after the poll phase, which reads the sockets.
    this.#afterPoll = afterPoll(() => {
      this.#polled(performance.now() - firedAt, isDue ? 0 : delay);
      if (isDue) this.#verdict();
      else this.#next();
    });
  }

  /** The poll phase may take long too: what comes in during it is read in the next one. */
  #polled(ms: number, delay: number): void {
    const missed = missedTime(delay, ms);
    this.#missed += missed;
    this.#left -= ms - missed;
  }
}

/**
 * How long the event loop could not run while a timer was due, in ms.
 *
 * @param delay of the timer
 * @param late how much after its time it fired; a little is usual
 */
export function missedTime(delay: number, late: number): number {
  return Math.max(0, late - delay * DEADLINE.lateness);
}
