import { DURATIONS } from './limits.js';
import { guardLogger, type Logger } from './logger.js';

/** The durations that were reported, by what they belong to. */
const reported = new WeakMap<object, Set<string>>();

/**
 * Warns of a duration so short that seconds were probably meant. Once for each owner and name; a duration of 0 is
 * deliberate.
 */
export function warnOfShortDuration(owner: object, logger: Logger | undefined, name: string, ms: number): void {
  if (ms <= 0 || ms >= DURATIONS.plausible) return;
  const names = reported.get(owner) ?? new Set();
  if (names.has(name)) return;
  reported.set(owner, names.add(name));
  const meant = `if ${ms} seconds were meant, write ${ms * 1_000}`;
  guardLogger(logger).warn({ option: name, value: ms }, `${name} is ${ms} ms: durations are milliseconds; ${meant}`);
}
