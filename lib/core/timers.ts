import { Fifo } from './fifo.js';
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
  // Of a pair: clearing an immediate of fake timers by Node's own function makes Node run no single immediate any more.
  const { setImmediate, clearImmediate } = globalThis;
  const immediate = setImmediate(run);
  return { cancel: () => clearImmediate(immediate) };
}

/** Starts a timer that does not keep the process alive. */
export function backgroundTimer(run: () => void, ms: number): NodeJS.Timeout {
  const timer = setTimeout(run, ms);
  // A browser's timer is a number.
  return typeof timer === 'object' ? timer.unref() : timer;
}

/** The long works of one clock, which share the turns of the event loop. */
export interface LongWork {
  /** When long work began in the present turn. */
  begun: number | undefined;
  /** The coming turn, in which works that wait for it go on one after the other. */
  coming: { hasBegun: boolean } | undefined;
  /** Those that wait for a turn. */
  readonly waiting: Fifo<() => void>;
}

export const noWork = (): LongWork => ({ begun: undefined, coming: undefined, waiting: new Fifo() });

/** Turns of the event loop. Not those of the global object, whose fake timers would stop long work for ever. */
export const turns: { next: (run: () => void) => unknown; work: LongWork; reading: LongWork } = {
  next: nodeModule('node:timers')?.setImmediate ?? ((run) => setTimeout(run, 0)),
  work: noWork(),
  reading: noWork(),
};
