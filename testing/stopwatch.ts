/** How often it looks whether the event loop runs, in ms. */
const STEP = 10;

/** Measures time without the pauses in which this process was not scheduled, as on a busy machine. */
export class Stopwatch implements Disposable {
  readonly #start = performance.now();
  #lastTick = this.#start;
  #stalled = 0;
  readonly #timer = setInterval(() => this.#tick(), STEP);

  /** So many ms since it was made. */
  get elapsed(): number {
    this.#tick();
    return this.#lastTick - this.#start - this.#stalled;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#stalled += Math.max(0, now - this.#lastTick - 2 * STEP);
    this.#lastTick = now;
  }
}
