import { vi } from 'vitest';

/** All microtasks have run: whatever a fake has been asked is answered. */
export const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Lets so much fake time pass, and all microtasks run. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** What has become of a promise by now. */
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
