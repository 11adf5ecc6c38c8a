import { DEADLINE } from './limits.js';

/**
 * A verdict after so much time in which the event loop was able to run. A busy loop, a stopped process and a suspended
 * machine delay the answers as they delay the timers, so their time counts for at most a part of the deadline, and what
 * lies in the sockets is read before the verdict.
 *
 * The time is divided into slices. Each ends with a timer, which may come late, and with the poll phase after it.
 */
export class Deadline {
  readonly #verdict: (missed: number) => void;
  readonly #slice: number;
  #left: number;
  #missed = 0;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  /**
   * Starts at once.
   *
   * @param ms how long, at least 1
   * @param verdict called once, with the ms that did not count because the loop could not run
   */
  constructor(ms: number, verdict: (missed: number) => void) {
    this.#verdict = verdict;
    this.#left = Math.max(1, ms);
    this.#slice = Math.ceil(this.#left / DEADLINE.slices);
    this.#next();
  }

  /** No verdict any more. Allowed at any time. */
  cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #next(): void {
    const delay = Math.max(1, Math.min(this.#slice, this.#left));
    const due = performance.now() + delay;
    this.#timer = setTimeout(() => this.#fired(delay, performance.now() - due), delay);
  }

  #fired(delay: number, late: number): void {
    const missed = missedTime(delay, late);
    this.#missed += missed;
    this.#left -= delay + Math.max(0, late - missed);
    // Immediates run after the poll phase, which reads the sockets.
    this.#immediate = setImmediate(() => (this.#left > 0 ? this.#next() : this.#verdict(this.#missed)));
  }
}

/**
 * How long the event loop could not run while a timer was due.
 *
 * @param delay of the timer, in ms
 * @param late how many ms after its time it fired; a few are usual
 */
export function missedTime(delay: number, late: number): number {
  return Math.max(0, late - delay * DEADLINE.lateness);
}
