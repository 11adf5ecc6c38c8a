import { EarlyEnd, EarlyEnds } from './early-end.js';
import { ExitCode } from './exit-code.js';
import { print } from './output.js';
import { printDiagnostic } from './stderr.js';

/**
 * Does the work of a command, unless that ends early. Returns the exit code; rejects with the error of the work.
 *
 * @param onEnd called when the work is done, has failed or is abandoned; signals are heard until it has settled
 */
export async function withEnds(
  work: (ends: EarlyEnds) => Promise<unknown>,
  onEnd: () => Promise<void> | undefined,
): Promise<number> {
  const ends = new EarlyEnds();
  try {
    await work(ends);
    return ExitCode.done;
  } catch (error) {
    if (!(error instanceof EarlyEnd)) throw error;
    if (error.message !== '') printDiagnostic(error.message);
    return error.exitCode;
  } finally {
    try {
      await onEnd();
    } finally {
      ends.release();
    }
  }
}

/** Prints a text that needs no server. Returns the exit code. */
export function show(text: string): Promise<number> {
  return withEnds(
    (ends) => ends.before(print(`${text}\n`)),
    () => undefined,
  );
}
