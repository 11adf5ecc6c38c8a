import type { Logger } from '../core/logger.js';
import { visible } from './visible.js';

/**
 * Prints a line on stderr, because stdout is for results. Does not use the console, which prints a warning of its own
 * when NO_COLOR and FORCE_COLOR are both set.
 */
export function printDiagnostic(message: string, coloured = ''): void {
  process.stderr.write(`zk-recipes: ${visible(message)}${coloured}\n`);
}

/** Prints the messages without their details: they are read by a person, and complete. */
export const stderrLogger: Logger = {
  debug() {},
  info() {},
  warn: (_details, message) => printDiagnostic(message),
  error: (_details, message) => printDiagnostic(message),
};
