import { CommandError } from './command-error.js';
import { printDiagnostic } from './stderr.js';

/** Znodes that a walk through a tree could not give. */
interface Gaps {
  /** The number of those that were deleted meanwhile. */
  readonly vanished: number;
  /** The paths of those that may not be read. */
  readonly unreadable: readonly string[];
}

/**
 * Prints the number of znodes that are gone.
 *
 * @param work as a noun: "dump"
 * @param consequence of those that may not be read
 * @throws CommandError when some may not be read
 */
export function reportGaps({ vanished, unreadable }: Gaps, work: string, consequence: string): void {
  if (vanished > 0) printDiagnostic(`znodes deleted during the ${work}, and left out: ${vanished}`);
  if (unreadable.length === 0) return;
  const number = `${unreadable.length}, the first is ${unreadable[0]}`;
  throw new CommandError(`znodes that may not be read (NO_AUTH), ${consequence}: ${number}`);
}
