import { jsonLines, print, printAll } from './output.js';
import { printDiagnostic } from './stderr.js';
import type { CallReceiver } from './watch-calls.js';

/** How calls are printed. */
interface CallPrinterOptions {
  readonly isJson: boolean;
  /** Whether nothing but the states of znodes is printed. */
  readonly isQuiet: boolean;
  /** Whether the calls are those of several watches. */
  readonly isOfSeveral: boolean;
  readonly signal: AbortSignal;
}

/** Prints calls for a person, or as lines of JSON. */
export function callPrinter({ isJson, isQuiet, isOfSeveral, signal }: CallPrinterOptions): CallReceiver {
  return async ({ aspect, objects, text, summary, time, path, exists }) => {
    if (isJson) {
      await printAll(jsonLines(objects), signal);
      return true;
    }
    // On stderr, as stdout is for data.
    if (!isQuiet || !exists) printDiagnostic(`${time} ${summary}`);
    if (text === null) return true;
    // The lines of a tree have their paths.
    if (isOfSeveral && aspect !== 'tree') await print(`==> ${path} <==\n`);
    await printAll(text, signal);
    return true;
  };
}
