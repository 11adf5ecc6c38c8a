import type { Line } from '../../lib/core/lasting-trouble.js';
import { reasonOf } from '../../lib/core/reason.js';
import type { StopReason } from './watch-types.js';

/** By the reasons that are not the user's own doing: the explanation and the cure. */
const CURES: Partial<Record<StopReason, (error: unknown) => readonly [explanation: string, cure: string]>> = {
  'no-node': () => ['there is no such znode', 'With waitForNode: true it waits for one'],
  'session-lost': () => ['the session was lost', 'With allowSessionLost: true it continues in the next session'],
  error: (error) => [`no retry can resolve ${reasonOf(error)}`, 'Correct the cause, and make the watch again'],
};

/** The line about a stop that nobody asked for and nobody listens for; `undefined` for the user's own doing. */
export function unaskedStop(path: string, reason: StopReason, error: unknown): Line | undefined {
  const texts = CURES[reason]?.(error);
  if (!texts) return undefined;
  const [explanation, cure] = texts;
  const message = `the watch of ${path} has stopped (${reason}): ${explanation}. ${cure}`;
  if (reason === 'error') return { level: 'error', details: { path, reason, err: error }, message };
  return { level: 'warn', details: { path, reason }, message };
}
