import { vi } from 'vitest';
import { isWorkWaiting } from '../lib/core/slices.js';

/** Resolves once all microtasks have run, and long work that a busy machine made wait: fakes have answered all. */
export async function turn(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (isWorkWaiting());
}

/** As far as it is used here, the fake clock of vitest: that of @sinonjs/fake-timers. */
interface FakeClock {
  readonly now: number;
  readonly timers?: Record<string, { readonly immediate?: boolean; callAt: number }>;
}

/** Lets so much fake time pass, and all microtasks run, and the immediates of the last moment. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  const { clock } = setTimeout as unknown as { clock?: FakeClock };
  for (;;) {
    const immediates = Object.values(clock?.timers ?? {}).filter(({ immediate }) => immediate);
    if (!clock || immediates.length === 0) return;
    // The fake clock would let a millisecond pass before it runs them.
    for (const immediate of immediates) immediate.callAt = clock.now;
    await vi.advanceTimersByTimeAsync(0);
  }
}

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
