import { codeOf } from '../../lib/core/errors.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { backoff } from '../../lib/core/retry.js';

/** Consecutive failures of the reads of one observer: when to retry, and which subscribers know of them. */
export class FailureStreak {
  #length = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #code: unknown;
  /** The recipients of a failure with this code. */
  #reportedTo = new Set<object>();

  get isRetryDue(): boolean {
    return this.#retryTimer !== undefined;
  }

  /** Starts the pauses between retries from the shortest again. */
  resetBackoff(): void {
    this.#length = 0;
  }

  retryLater(retry: () => void): void {
    this.#length += 1;
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = undefined;
        retry();
      },
      backoff(this.#length, OBSERVING.retry),
    );
  }

  cancelRetry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  /** Reports the error to each recipient that has not received one of the same code in this streak. */
  report<R extends { failed(error: unknown): void }>(error: unknown, recipients: readonly R[]): void {
    const code = codeOf(error) ?? String(error);
    if (this.#code !== code) this.#reportedTo = new Set();
    this.#code = code;
    const reportedTo = this.#reportedTo;
    for (const recipient of recipients) {
      if (reportedTo.has(recipient)) continue;
      reportedTo.add(recipient);
      recipient.failed(error);
    }
  }
}
