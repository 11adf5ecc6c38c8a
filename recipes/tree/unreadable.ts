import { OBSERVING } from '../../lib/core/limits.js';
import { backoff } from '../../lib/core/retry.js';

/** Receives the errors of znodes that may not be read. */
export interface UnreadableReports {
  unreadable(path: string, error: unknown): void;
}

/**
 * The errors of the znodes that may not be read. Each is reported once to each recipient. An ACL may be corrected
 * without any event, so the znodes are read again from time to time.
 */
export class Unreadable {
  readonly #errors = new Map<string, unknown>();
  readonly #retry: (paths: Iterable<string>) => void;
  #retries = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param retry called when the znodes are to be read again */
  constructor(retry: (paths: Iterable<string>) => void) {
    this.#retry = retry;
  }

  /** Reports all errors to a new recipient. */
  reportTo(recipient: UnreadableReports): void {
    for (const [path, error] of [...this.#errors]) recipient.unreadable(path, error);
  }

  /** A read was refused. */
  add(path: string, error: unknown, recipients: Iterable<UnreadableReports>): void {
    if (this.#errors.has(path)) return;
    this.#errors.set(path, error);
    this.#retries = 0;
    for (const recipient of recipients) recipient.unreadable(path, error);
  }

  /** The tree is up to date: forgets what is readable now, and waits before the next attempt for the others. */
  updated(unreadable: ReadonlySet<string>): void {
    for (const path of this.#errors.keys()) if (!unreadable.has(path)) this.#errors.delete(path);
    if (this.#errors.size === 0) return this.end();
    if (this.#timer) return;
    this.#retries += 1;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#retry(this.#errors.keys());
      },
      backoff(this.#retries, OBSERVING.retry),
    );
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retries = 0;
  }
}
