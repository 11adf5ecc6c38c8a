import { afterEach, expect, it, vi } from 'vitest';
import { Deadline } from '../../../lib/core/deadline.js';
import { afterPoll } from '../../../lib/core/timers.js';
import { afterPoll as afterTimer } from '../../../lib/embedded/after-poll.js';
import { Heartbeat } from '../../../lib/zookeeper/session/heartbeat.js';

interface Waiting {
  cancel(): void;
}

/** All that wait for an immediate, begun on fake timers, which are advanced until the immediate is due. */
const WAITING: Readonly<Record<string, () => Waiting>> = {
  'afterPoll()': () => afterPoll(() => {}),
  'a timer and what follows it': () => {
    const pending = afterTimer(1, () => {});
    vi.advanceTimersByTime(1);
    return pending;
  },
  'a deadline': () => {
    const deadline = new Deadline(16, () => {});
    vi.advanceTimersByTime(1);
    return deadline;
  },
  'a heartbeat': () => {
    const heartbeat = new Heartbeat(3_000, { ping: () => {}, silent: () => {} });
    vi.advanceTimersToNextTimer();
    return { cancel: () => heartbeat.stop() };
  },
};

afterEach(() => void vi.useRealTimers());

/** Whether an immediate runs by itself: Node runs none that is alone once it has lost count of them. */
function runsImmediates(): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), 1_000);
    setImmediate(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

it.each(Object.entries(WAITING))('%s of fake timers can be cancelled once these are gone', async (_name, make) => {
  vi.useFakeTimers();
  const waiting = make();
  vi.useRealTimers();
  waiting.cancel();
  expect(await runsImmediates()).toBe(true);
});
