import { now } from './clock.js';

/** Collects the times from changes to their calls, while one waits for the last change. */
export class CallLatencies {
  #latencies: number[] = [];
  #last = 0;
  #done: ((latencies: number[]) => void) | null = null;

  /** Takes the data of one call: the time of the change in µs, or the number of the last change. */
  called(data: Buffer | null): void {
    if (!this.#done) return;
    const number = Number(data?.toString('latin1'));
    if (number !== this.#last) {
      this.#latencies.push(now() - number / 1e3);
      return;
    }
    this.#done(this.#latencies);
    this.#done = null;
  }

  /** Resolves when a call brings the number; calls `started` when collecting has begun. */
  until(last: number, started: () => void): Promise<number[]> {
    return new Promise((done) => {
      this.#latencies = [];
      this.#last = last;
      this.#done = done;
      started();
    });
  }
}
