import { nodeModule } from './node-module.js';

/** A function that runs after the next poll phase, unless it is cancelled. */
export interface AfterPoll {
  cancel(): void;
}

/** Runs a function after the poll phase, which reads the sockets. A browser's timers come as tasks of their own. */
export function afterPoll(run: () => void): AfterPoll {
  if (typeof globalThis.setImmediate !== 'function') {
    const timer = setTimeout(run, 0);
    return { cancel: () => clearTimeout(timer) };
  }
  const immediate = setImmediate(run);
  return { cancel: () => clearImmediate(immediate) };
}

/** Starts a timer that does not keep the process alive. */
export function backgroundTimer(run: () => void, ms: number): NodeJS.Timeout {
  const timer = setTimeout(run, ms);
  // A browser's timer is a number.
  return typeof timer === 'object' ? timer.unref() : timer;
}

/** Turns of the event loop. Not those of the global object, whose fake timers would stop long work for ever. */
export const turns: { next: (run: () => void) => unknown; begun: number | undefined } = {
  next: nodeModule('node:timers')?.setImmediate ?? ((run) => setTimeout(run, 0)),
  /** When long work began in the present one. */
  begun: undefined,
};
