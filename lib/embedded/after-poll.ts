/** A callback that is due, and can be given up. */
export interface Pending {
  cancel(): void;
}

/**
 * Calls back after a timer and the poll phase that follows it: after a blocked event loop the input lies in the
 * sockets, and is read first.
 *
 * @param run receives the time before the poll phase, by `performance.now()`
 */
export function afterPoll(ms: number, run: (now: number) => void): Pending {
  let immediate: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    const now = performance.now();
    immediate = setImmediate(() => run(now));
  }, ms);
  return {
    cancel: () => {
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
