import { onAbort } from './abort.js';
import { isRetryable } from './errors.js';
import { CLIENT } from './limits.js';
import { type Complete, invalid, validateMilliseconds, validateOptions } from './validation.js';

/** The number of attempts, and the pauses between them. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. Default 8; `Infinity` for no end. */
  maxAttempts?: number | undefined;
  /**
   * Longest pause before the second attempt, in ms. Default 50. A pause ends early when the client is connected again.
   */
  minDelay?: number | undefined;
  /** Longest pause before any attempt, in ms. Default 2,000. */
  maxDelay?: number | undefined;
  /** The factor by which the pause grows after each attempt. Default 2. */
  factor?: number | undefined;
}

/** A policy with every value. */
export type CompleteRetryPolicy = Complete<RetryPolicy>;

/** Completes a policy by the defaults. Throws when a value is not valid. */
export function completeRetryPolicy(
  policy: RetryPolicy = {},
  defaults: CompleteRetryPolicy = CLIENT.retry,
): CompleteRetryPolicy {
  validateOptions('retry', policy, Object.keys(CLIENT.retry));
  const complete = { ...defaults, ...withoutUndefined(policy) };
  const { maxAttempts, factor } = complete;
  if (maxAttempts !== Infinity && !(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    throw invalid('retry.maxAttempts', maxAttempts, 'a whole number from 1, or Infinity');
  }
  if (typeof factor !== 'number' || !(factor >= 1 && factor < Infinity))
    throw invalid('retry.factor', factor, 'a number from 1');
  validateMilliseconds('retry.minDelay', complete.minDelay, 0);
  validateMilliseconds('retry.maxDelay', complete.maxDelay, 0);
  return complete;
}

/** The pause after so many failures: exponential, half of it random, so that clients do not retry in step. */
export function backoff(
  failures: number,
  { minDelay, maxDelay, factor }: Omit<CompleteRetryPolicy, 'maxAttempts'>,
): number {
  const ceiling = Math.min(maxDelay, minDelay * factor ** Math.min(failures - 1, 64));
  return ceiling * (0.5 + Math.random() / 2);
}

/**
 * The pauses of a client's operations between two attempts. A pause waits for a connection, so it must not outlast the
 * reconnection: the client ends all of them as soon as it is connected.
 */
export class RetryPauses {
  readonly #ends = new Set<() => void>();

  /** Resolves after so many ms, or at once when the signal aborts or all pauses end; never rejects. */
  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let letGo: (() => void) | undefined;
      const end = () => {
        clearTimeout(timer);
        letGo?.();
        this.#ends.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#ends.add(end);
      letGo = onAbort(signal, end);
    });
  }

  /** Ends all pauses that have begun. */
  endAll(): void {
    for (const end of this.#ends) end();
  }
}

/**
 * Calls the operation until it succeeds, rejects with an error that is not retryable, or has had its attempts. An abort
 * ends the pause between two attempts; the operation then decides itself how to end.
 *
 * @param isLast whether no attempt may follow an error although it is retryable
 */
export function retry<T>(
  operation: () => Promise<T>,
  policy: CompleteRetryPolicy,
  signal: AbortSignal,
  pauses: RetryPauses,
  isLast?: (error: unknown) => boolean,
): Promise<T> {
  const again = (error: unknown): Promise<T> => retryAfter(error, operation, policy, signal, pauses, isLast);
  try {
    return operation().catch(again);
  } catch (error) {
    return again(error);
  }
}

/** Whether another attempt may follow so many, of which the last has failed with the error. */
export function mayRetry(
  error: unknown,
  attempts: number,
  { maxAttempts }: CompleteRetryPolicy,
  isLast: (error: unknown) => boolean,
): boolean {
  return isRetryable(error) && !isLast(error) && attempts < maxAttempts;
}

/**
 * Goes on after a first attempt that failed. Nearly every first attempt succeeds, and its caller need not come here.
 */
export async function retryAfter<T>(
  firstError: unknown,
  operation: () => Promise<T>,
  policy: CompleteRetryPolicy,
  signal: AbortSignal,
  pauses: RetryPauses,
  isLast: (error: unknown) => boolean = () => false,
): Promise<T> {
  let error = firstError;
  for (let attempt = 1; ; attempt += 1) {
    if (!mayRetry(error, attempt, policy, isLast)) throw error;
    await pauses.pause(backoff(attempt, policy), signal);
    const isLastAttempt = signal.aborted;
    try {
      return await operation();
    } catch (next) {
      // Without pauses, further attempts would leave no turn to anything else.
      if (isLastAttempt) throw next;
      error = next;
    }
  }
}

function withoutUndefined(policy: RetryPolicy): Partial<CompleteRetryPolicy> {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined));
}
