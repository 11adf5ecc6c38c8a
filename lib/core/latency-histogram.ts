import { METRICS } from './limits.js';

/** One bucket of a {@link LatencyHistogram}. */
export interface LatencyBucket {
  /** The upper bound, in ms. */
  readonly le: number;
  /** How many took at most so long, those of the smaller buckets included. */
  readonly count: number;
}

/** How long requests took: cumulative buckets, as Prometheus has them. */
export interface LatencyHistogram {
  /** The number of all; that of the bucket `+Inf`. */
  readonly count: number;
  /** The sum of all, in ms. */
  readonly sum: number;
  /** By growing bounds. */
  readonly buckets: readonly LatencyBucket[];
}

/** Counts durations by buckets, without an allocation for each. */
export class Latencies {
  /** By bucket, and after the last one: above all bounds. */
  readonly #counts = new Float64Array(METRICS.latencyBounds.length + 1);
  #sum = 0;

  /** @param ms how long it took */
  note(ms: number): void {
    const { latencyBounds } = METRICS;
    let bucket = 0;
    while (bucket < latencyBounds.length && ms > (latencyBounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += ms;
  }

  toHistogram(): LatencyHistogram {
    let count = 0;
    const buckets = METRICS.latencyBounds.map((le, bucket) => {
      count += this.#counts[bucket] ?? 0;
      return { le, count };
    });
    return { count: count + (this.#counts[buckets.length] ?? 0), sum: this.#sum, buckets };
  }
}
