import { afterEach, expect, it, vi } from 'vitest';
import { ExpiryQueue } from '../../../../lib/embedded/sessions/expiry-queue.js';

const TICK = 100;
/** The longest delay of a timer of Node, which fires at once for a longer one. */
const LONGEST = 2 ** 31 - 1;

afterEach(() => void vi.useRealTimers());

it('a session with the longest timeout expires at its time, with timers that do not fire before', () => {
  vi.useFakeTimers();
  const expired: bigint[] = [];
  const queue = new ExpiryQueue(TICK, (ids) => expired.push(...ids));
  queue.touch(1n, LONGEST);
  const starts = vi.spyOn(globalThis, 'setTimeout');
  vi.advanceTimersByTime(1_000);
  expect(starts).not.toHaveBeenCalled();
  vi.advanceTimersByTime(LONGEST - 1_001);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2 * TICK);
  expect(expired).toEqual([1n]);
  expect(vi.getTimerCount()).toBe(0);
});
