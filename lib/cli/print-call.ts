import { jsonLines, printAll } from './output.js';
import { printDiagnostic } from './stderr.js';
import type { CallReceiver } from './watch-calls.js';

/** Prints calls for a person, or as lines of JSON. */
export function callPrinter(isJson: boolean, signal: AbortSignal): CallReceiver {
  return async ({ objects, text, time, path }) => {
    if (isJson) await printAll(jsonLines(objects), signal);
    // On stderr, as stdout is for data.
    else if (text === null) printDiagnostic(`${time} there is no znode ${path}`);
    else await printAll(text, signal);
    return true;
  };
}
