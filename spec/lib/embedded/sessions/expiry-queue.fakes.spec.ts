import { afterEach, expect, it, vi } from 'vitest';
import { ExpiryQueue } from '../../../../lib/embedded/sessions/expiry-queue.js';
import { Recorder } from '../../../../testing/recorder.js';

const TICK = 100;
const LONG = 10_000;
/** The longest delay of a timer of Node, which fires at once for a longer one. */
const LONGEST = 2 ** 31 - 1;

/** The ids of the timers that the fake clock has. */
function pendingTimers(): string[] {
  const { clock } = setTimeout as unknown as { clock: { timers?: object } };
  return Object.keys(clock.timers ?? {});
}

afterEach(() => void vi.useRealTimers());

it('a session with the longest timeout expires at its time, with timers that do not fire before', () => {
  vi.useFakeTimers();
  const expired: bigint[] = [];
  const queue = new ExpiryQueue(TICK, (ids) => expired.push(...ids));
  queue.touch(1n, LONGEST);
  const [timer] = pendingTimers();
  vi.advanceTimersByTime(1_000);
  expect(pendingTimers()).toEqual([timer]);
  vi.advanceTimersByTime(LONGEST - 1_001);
  expect(expired).toEqual([]);
  vi.advanceTimersByTime(2 * TICK);
  expect(expired).toEqual([1n]);
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  { from: 'real to fake', before: vi.useRealTimers, after: vi.useFakeTimers },
  { from: 'fake to real', before: vi.useFakeTimers, after: vi.useRealTimers },
])('every timeout starts again when a test changes from $from timers', async ({ before, after }) => {
  before();
  const expired = new Recorder<bigint>();
  const queue = new ExpiryQueue(TICK, (ids) => ids.forEach(expired.record));
  queue.touch(1n, LONG);
  queue.touch(2n, TICK);
  after();
  queue.touch(1n, LONG);
  expect(expired.items).toEqual([]);
  if (vi.isFakeTimers()) vi.advanceTimersByTime(3 * TICK);
  expect(await expired.untilCount(1)).toEqual([2n]);
  queue.remove(1n);
});

it('no session expires at once when the queue goes on by other timers than those by which it began', () => {
  vi.useFakeTimers();
  const expired: bigint[] = [];
  const queue = new ExpiryQueue(TICK, (ids) => expired.push(...ids));
  queue.touch(1n, TICK);
  vi.useRealTimers();
  expect(performance.now()).toBeGreaterThan(3 * TICK);
  queue.stop();
  queue.resume();
  expect(expired).toEqual([]);
  queue.remove(1n);
});

it('no session expires while the clock is stopped, also one that is touched meanwhile, and all do afterwards', () => {
  vi.useFakeTimers();
  const expired: bigint[] = [];
  const queue = new ExpiryQueue(TICK, (ids) => expired.push(...ids));
  queue.touch(1n, TICK);
  queue.stop();
  queue.touch(2n, TICK);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(10 * TICK);
  expect(expired).toEqual([]);
  queue.resume();
  expect(expired).toEqual([1n, 2n]);
});
