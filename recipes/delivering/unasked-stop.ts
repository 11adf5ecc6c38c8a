import type { Line } from '../../lib/core/lasting-trouble.js';
import { reasonOf } from '../../lib/core/reason.js';
import type { StopReason } from './watch-types.js';

/** By the reasons that may not be what the user wants: the explanation and the cure. */
const CURES: Partial<Record<StopReason, (error: unknown) => readonly [explanation: string, cure: string]>> = {
  'no-node': () => ['there is no such znode', 'With waitForNode: true it waits for one'],
  'session-lost': () => ['the session was lost', 'With allowSessionLost: true it continues in the next session'],
  'returned-false': () => ['its function has returned false', 'Return nothing to go on'],
  error: (error) => [`no retry can resolve ${reasonOf(error)}`, 'Correct the cause, and make the watch again'],
};

/**
 * The line about a stop that nobody listens for; `undefined` where the user has asked for it. `false` may be returned
 * by accident, as by an arrow function without braces.
 */
export function unaskedStop(path: string, reason: StopReason, error: unknown): Line | undefined {
  const texts = CURES[reason]?.(error);
  if (!texts) return undefined;
  const [explanation, cure] = texts;
  const message = `the watch of ${path} has stopped (${reason}): ${explanation}. ${cure}`;
  if (reason === 'error') return { level: 'error', details: { path, reason, err: error }, message };
  return { level: reason === 'returned-false' ? 'info' : 'warn', details: { path, reason }, message };
}
