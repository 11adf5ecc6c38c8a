import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { Scheduled } from '../../../testing/virtual-clock.js';

/** The surroundings of a pipe. */
export interface PipeOptions<T> {
  readonly random: SeededRandom;
  readonly now: () => number;
  /** Schedules an arrival on the side of the receiver. */
  readonly schedule: (delay: number, run: () => void) => Scheduled;
  readonly latency: () => number;
  readonly deliver: (item: T) => void;
}

/** One direction of a connection: delivers items in order, each after a delay, or several in one chunk. */
export class Pipe<T> {
  readonly #options: PipeOptions<T>;
  readonly #items: { readonly item: T; arrival: number }[] = [];
  #lastArrival = 0;
  #arrival: Scheduled | null = null;
  #isStalled = false;
  #isOver = false;

  constructor(options: PipeOptions<T>) {
    this.#options = options;
  }

  /** @param delay in addition to the latency */
  send(item: T, delay = 0): void {
    if (this.#isOver) return;
    const { random, now, latency } = this.#options;
    // Joins the chunk in flight, or starts a later one.
    const isTogether = this.#items.length > 0 && delay === 0 && random.chance(0.4);
    const arrival = isTogether ? this.#lastArrival : Math.max(this.#lastArrival, now() + latency() + delay);
    this.#lastArrival = arrival;
    this.#items.push({ item, arrival });
    this.#await();
  }

  /** Holds everything back until {@link Pipe.flow}. */
  stall(): void {
    this.#isStalled = true;
    this.#arrival?.cancel();
    this.#arrival = null;
  }

  flow(): void {
    this.#isStalled = false;
    this.#await();
  }

  /** Accepts no more items. Of those in flight only the first `kept` arrive, and then `last`, if it is given. */
  cut(kept: number, last?: T): void {
    if (this.#isOver) return;
    this.#items.splice(kept);
    if (last !== undefined) this.send(last);
    this.#isOver = true;
  }

  get length(): number {
    return this.#items.length;
  }

  #await(): void {
    const first = this.#items[0];
    if (!first || this.#arrival || this.#isStalled) return;
    this.#arrival = this.#options.schedule(first.arrival - this.#options.now(), () => this.#arrived());
  }

  #arrived(): void {
    this.#arrival = null;
    const now = this.#options.now();
    for (let first = this.#items[0]; first && first.arrival <= now && !this.#isStalled; first = this.#items[0]) {
      this.#items.shift();
      this.#options.deliver(first.item);
    }
    this.#await();
  }
}
