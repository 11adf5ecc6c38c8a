import { Latencies, type LatencyHistogram } from '../../core/latency-histogram.js';
import type { ConnectionCounts } from '../connection/connection.js';

/** The requests of one operation. Each attempt of a read that is retried is a request. */
export interface RequestMetrics {
  /** Those that the server has carried out. */
  readonly succeeded: number;
  /** Those that have failed, by the `code` of the error; a code that has not occurred is missing. */
  readonly failed: Readonly<Record<string, number>>;
  /** Of those that a server has answered, also by an error: from the submission to the answer, in ms. */
  readonly latency: LatencyHistogram;
}

/** Counts the requests of one operation. */
class OperationCounts {
  readonly #failed = new Map<string, number>();
  readonly #latencies = new Latencies();
  #succeeded = 0;

  answered(ms: number, code: string | null): void {
    this.#latencies.note(ms);
    if (code === null) this.#succeeded += 1;
    else this.failed(code);
  }

  failed(code: string): void {
    this.#failed.set(code, (this.#failed.get(code) ?? 0) + 1);
  }

  toMetrics(): RequestMetrics {
    const failed = Object.fromEntries(this.#failed);
    return { succeeded: this.#succeeded, failed, latency: this.#latencies.toHistogram() };
  }
}

/** Counts the requests of a client, by their operation. */
export class RequestCounts {
  readonly #operations = new Map<string, OperationCounts>();

  /** A server has answered. @param ms since the submission @param code of an error; `null` for none */
  answered(operation: string, ms: number, code: string | null): void {
    this.#of(operation).answered(ms, code);
  }

  /** A request has failed without an answer. */
  failed(operation: string, code: string): void {
    this.#of(operation).failed(code);
  }

  toMetrics(): Record<string, RequestMetrics> {
    return Object.fromEntries(Array.from(this.#operations, ([name, counts]) => [name, counts.toMetrics()]));
  }

  #of(operation: string): OperationCounts {
    let counts = this.#operations.get(operation);
    if (!counts) {
      counts = new OperationCounts();
      this.#operations.set(operation, counts);
    }
    return counts;
  }
}

/** The counters of a client's sessions, over all their connections. */
export class SessionCounts {
  readonly connections: ConnectionCounts = { attempted: 0, opened: 0, sent: 0, received: 0, notifications: 0 };
  readonly requests = new RequestCounts();
}
