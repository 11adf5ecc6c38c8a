import { codeOf } from '../../lib/core/errors.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { backoff } from '../../lib/core/retry.js';

interface Recipient {
  failed(error: unknown): void;
}

/**
 * When an observer may read again after a read that failed, or that an event caused and that brought no news, and which
 * subscribers know of the failures.
 */
export class Pace {
  /** Consecutive failures. */
  #failures = 0;
  /** Consecutive rounds of an event and a read without news. */
  #rounds = 0;
  #lastRound = Number.NEGATIVE_INFINITY;
  #notBefore = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  /** The recipients of each failure since the last success, by its code. Weak: one that has stopped is let go. */
  readonly #reported = new Map<unknown, WeakSet<Recipient>>();

  /** A read has succeeded. */
  succeeded(): void {
    this.#failures = 0;
    this.#reported.clear();
  }

  /** An event has come: it ends a pause after a failure, but not one between rounds. */
  eventCame(): void {
    this.#failures = 0;
    this.#clear();
  }

  /** A read that an event had caused brought no news. Returns whether a pause must follow. */
  roundWithoutNews(): boolean {
    const now = performance.now();
    const { quiet, roundsWithoutNews } = OBSERVING;
    if (now - this.#lastRound > 2 * quiet.maxDelay) this.#rounds = 0;
    this.#lastRound = now;
    this.#rounds += 1;
    if (this.#rounds <= roundsWithoutNews) return false;
    this.#notBefore = now + backoff(this.#rounds - roundsWithoutNews, quiet);
    return true;
  }

  /** A read has failed. @param resume called after the pause */
  failed(resume: () => void): void {
    this.#failures += 1;
    this.#wait(backoff(this.#failures, OBSERVING.retry), resume);
  }

  /** Whether no read may begin now. Then `resume` is called later. */
  holdsBack(resume: () => void): boolean {
    if (this.#timer) return true;
    const ms = this.#notBefore - performance.now();
    if (ms <= 0) return false;
    this.#wait(ms, resume);
    return true;
  }

  /** Ends every pause. */
  end(): void {
    this.#notBefore = Number.NEGATIVE_INFINITY;
    this.#clear();
  }

  /** Reports the error to each recipient that has not received one of the same code since the last success. */
  report(error: unknown, recipients: readonly Recipient[]): void {
    const code = this.#reported.size < OBSERVING.codesApart ? (codeOf(error) ?? String(error)) : 'further';
    const reported = this.#reported.get(code) ?? new WeakSet();
    this.#reported.set(code, reported);
    for (const recipient of recipients) {
      if (reported.has(recipient)) continue;
      reported.add(recipient);
      recipient.failed(error);
    }
  }

  #wait(ms: number, resume: () => void): void {
    this.#clear();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      resume();
    }, ms);
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
