import { setTimeout as pause } from 'node:timers/promises';
import { scaled } from './time-factor.js';

export interface EventuallyOptions {
  /** Milliseconds, scaled. */
  within?: number;
  /** Describes the awaited state in the message of the timeout. */
  describe?: string;
}

/** Polls a state that nobody announces. A check that throws counts as "not yet". */
export async function eventually(
  check: () => Promise<boolean> | boolean,
  { within = 10_000, describe = 'the awaited state' }: EventuallyOptions = {},
): Promise<void> {
  const deadline = performance.now() + scaled(within);
  let cause: unknown;
  do {
    try {
      cause = undefined;
      if (await check()) return;
    } catch (error) {
      cause = error;
    }
    await pause(10);
  } while (performance.now() < deadline);
  throw new Error(`Not within ${scaled(within)} ms: ${describe}`, { cause });
}
