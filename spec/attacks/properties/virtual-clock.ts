import { vi } from 'vitest';
import { SeededRandom } from '../../../testing/seeded-random.js';

/** Taken before any spec has put a fake in its place. */
const realSetImmediate = setImmediate;

/** All microtasks have run. */
export const turn = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/**
 * Lets so much fake time pass, one timer at a time with all microtasks between. Far faster than vitest's own, which waits
 * for a real timer after each.
 *
 * @param afterEach called after each timer, too; what it does is over before the next
 */
export async function pass(ms: number, afterEach: () => void | Promise<void> = () => {}): Promise<void> {
  let isOver = false;
  setTimeout(() => {
    isOver = true;
  }, ms);
  await turn();
  await afterEach();
  while (!isOver) {
    vi.advanceTimersToNextTimer();
    await turn();
    await afterEach();
  }
}

/** Runs with a clock of its own, and with chance that comes from the seed. */
export async function withVirtualClock(chance: number, run: () => Promise<void>): Promise<void> {
  const random = new SeededRandom(chance);
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockImplementation(() => random.next());
  try {
    await run();
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
}
