import { soon } from '../../core/soon.js';

/**
 * Runs a function after so many ms. Without a delay it needs no timer, which the fake timers of a test would hold: it
 * runs in a microtask, if it is still due then.
 */
export function afterPause(delay: number, isDue: () => boolean, run: () => void): NodeJS.Timeout | undefined {
  if (delay > 0) return setTimeout(run, delay);
  soon(() => {
    if (isDue()) run();
  });
  return undefined;
}
