import type { Scheduled } from '../../../testing/virtual-clock.js';

/** What happens at the end of one direction of a connection, in the order in which it was sent. */
export class Arrivals {
  readonly #now: () => number;
  readonly #latency: () => number;
  readonly #schedule: (delay: number, run: () => void) => Scheduled;
  readonly #waiting: (() => void)[] = [];
  /** When the last of them is due. */
  lastAt = 0;

  constructor(now: () => number, latency: () => number, schedule: (delay: number, run: () => void) => Scheduled) {
    this.#now = now;
    this.#latency = latency;
    this.#schedule = schedule;
  }

  /** @param delay in ms, besides the latency; it holds up what follows */
  add(run: () => void, delay = 0): void {
    const now = this.#now();
    this.lastAt = Math.max(this.lastAt, now + this.#latency()) + delay;
    this.#waiting.push(run);
    // Two times that are equal may differ by rounding: the order is that of the list.
    this.#schedule(this.lastAt - now, () => this.#waiting.shift()?.());
  }
}
