import type { LastingTrouble } from './lasting-trouble.js';
import { SPEECH } from './limits.js';
import { kindOf, reasonOf } from './reason.js';

/**
 * Reports what code of the user has thrown, where nobody can catch it: each kind of error once, and again at times.
 *
 * @param place as a noun: "a listener of the client"
 * @param path of the znode concerned, if any
 * @param advice what to do
 */
export function reportThrown(trouble: LastingTrouble, error: unknown, place: string, path?: string, advice = ''): void {
  const details = { err: error, ...(path !== undefined && { path }) };
  const line = { level: 'error', details, message: `${place} threw: ${reasonOf(error)}${advice}` } as const;
  trouble.report(`threw ${kindOf(error)}`, line, { atOnce: SPEECH.atOnce, isKept: true });
}
