import { vi } from 'vitest';

/** Resolves once all microtasks have run: fakes have answered every request. */
export const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Lets so much fake time pass, and all microtasks run. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** The outcome of a promise so far. */
export function outcome(promise: Promise<unknown>): { readonly value: unknown } {
  const seen: { value: unknown } = { value: 'pending' };
  promise.then(
    (value) => {
      seen.value = value;
    },
    (error) => {
      seen.value = error;
    },
  );
  return seen;
}
