import { ZooKeeperError } from '../core/errors.js';
import { toPath } from './arguments.js';
import { CommandError } from './command-error.js';
import { exitCodeOf } from './exit-code.js';
import { checkPositionals } from './parse.js';
import { printDiagnostic } from './stderr.js';

/** One path or more. */
export function toPaths(positionals: readonly string[]): string[] {
  if (positionals.length === 0) checkPositionals(positionals, ['path']);
  return positionals.map(toPath);
}

/**
 * Does the work for one path after the other, for the rest also when it fails for one of several.
 *
 * @throws the error for the only path; else a CommandError, with the exit code of the first, after all others
 */
export async function forEachPath(
  paths: readonly string[],
  signal: AbortSignal,
  work: (path: string) => Promise<unknown>,
): Promise<void> {
  let failures = 0;
  let exitCode = 0;
  for (const path of paths) {
    signal.throwIfAborted();
    try {
      await work(path);
    } catch (error) {
      if (paths.length === 1 || !(error instanceof ZooKeeperError)) throw error;
      printDiagnostic(error.message);
      failures += 1;
      exitCode ||= exitCodeOf(error);
    }
  }
  if (failures > 0) throw new CommandError(`failed for ${failures} of ${paths.length} paths`, { exitCode });
}

/** Calls a function for one value after the other, however many callers there are. */
export function oneAtATime<T, R>(call: (value: T) => Promise<R>): (value: T) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (value) => {
    const result = last.then(() => call(value));
    last = result.catch(() => {});
    return result;
  };
}
