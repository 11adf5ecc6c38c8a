import type { Logger } from '../core/logger.js';
import { visible } from './visible.js';

/** The library's advice to programs, and what the command has in place of it. */
const COUNTERPARTS = [
  [', or ask exists(), which resolves with null then', ''],
  ['pass { makePath: true }', 'give --parents'],
  ["ensurePath('/')", 'create / --parents'],
  ['use deleteRecursive()', 'give --recursive'],
  ['see addAuth() and getAcl()', 'see --auth, and acl get'],
] as const;

/**
 * Prints a line on stderr, because stdout is for results. Does not use the console, which prints a warning of its own
 * when NO_COLOR and FORCE_COLOR are both set.
 */
export function printDiagnostic(message: string, coloured = ''): void {
  const own = COUNTERPARTS.reduce((text, [advice, counterpart]) => text.replace(advice, counterpart), message);
  process.stderr.write(`zk-recipes: ${visible(own)}${coloured}\n`);
}

/** Prints the messages without their details: they are read by a person, and complete. */
export const stderrLogger: Logger = {
  debug() {},
  info() {},
  warn: (_details, message) => printDiagnostic(message),
  error: (_details, message) => printDiagnostic(message),
};
