import { type AfterPoll, afterPoll as afterNextPoll } from '../core/timers.js';

/**
 * Calls back after a timer and the poll phase that follows it: after a blocked event loop the input lies in the
 * sockets, and is read first.
 *
 * @param run receives the time before the poll phase, by `performance.now()`
 */
export function afterPoll(ms: number, run: (now: number) => void): AfterPoll {
  let next: AfterPoll | undefined;
  const timer = setTimeout(() => {
    const now = performance.now();
    next = afterNextPoll(() => run(now));
  }, ms);
  return {
    cancel: () => {
      clearTimeout(timer);
      next?.cancel();
    },
  };
}
