import { onAbort } from '../core/abort.js';
import { Deadline } from '../core/deadline.js';
import { ConnectTimeoutError } from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { validateMilliseconds, validateOptions, validateSignal } from '../core/validation.js';
import { adviceOn } from './session/advice.js';

/** The options of `connect()`. */
export interface ConnectOptions {
  /** In ms; default 15,000. */
  timeout?: number | undefined;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/** Checks and completes the options. */
export function toConnectOptions(options: ConnectOptions = {}): { timeout: number; signal: AbortSignal | undefined } {
  validateOptions('options', options, ['timeout', 'signal']);
  const { timeout = CLIENT.connectTimeout, signal } = options;
  validateMilliseconds('timeout', timeout, 0);
  validateSignal('signal', signal);
  return { timeout, signal };
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** The pending calls of connect(). */
export class ConnectWaiters {
  readonly #waiters = new Set<Waiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** @param lastError the reason that the last attempt failed for, for the message */
  async wait(timeout: number, signal: AbortSignal | undefined, lastError: () => Error | undefined): Promise<void> {
    let waiter: Waiter | undefined;
    let deadline: Deadline | undefined;
    let letGo: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        waiter = { resolve, reject };
        this.#waiters.add(waiter);
        deadline = new Deadline(timeout, () => reject(timedOut(timeout, lastError())));
        letGo = onAbort(signal, () => reject(signal?.reason));
      });
    } finally {
      deadline?.cancel();
      letGo?.();
      if (waiter) this.#waiters.delete(waiter);
    }
  }

  resolve(): void {
    for (const waiter of this.#waiters) waiter.resolve();
  }

  reject(reason: () => unknown): void {
    for (const waiter of this.#waiters) waiter.reject(reason());
  }
}

function timedOut(timeout: number, cause: Error | undefined): ConnectTimeoutError {
  const reason = cause ? `; last attempt: ${cause.message}${adviceOn(cause)}` : '';
  return new ConnectTimeoutError(`connect(): no server gave a session within ${timeout} ms${reason}`, {
    ...(cause && { cause }),
  });
}
