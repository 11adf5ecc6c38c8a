import type { Logger } from '../core/logger.js';

/**
 * A line on stderr. Stdout is for what was asked for. The console would not do: with NO_COLOR and FORCE_COLOR it warns
 * of them.
 */
export function say(message: string): void {
  process.stderr.write(`zk-recipes: ${message}\n`);
}

/** A person reads it: the message says all. */
export const stderrLogger: Logger = {
  debug() {},
  info() {},
  warn: (_details, message) => say(message),
  error: (_details, message) => say(message),
};
