import { print, printJson } from './output.js';
import { printDiagnostic } from './stderr.js';
import type { Call, CallReceiver } from './watch-calls.js';

/** Prints a call for a person. A missing znode is reported on stderr: stdout is for data. */
export const printCall: CallReceiver = async ({ text, time, path }: Call) => {
  if (text === null) printDiagnostic(`${time} there is no znode ${path}`);
  else await print(text);
  return true;
};

/** Prints a call as a line of JSON. */
export const printJsonCall: CallReceiver = async ({ json }: Call) => {
  await printJson(json);
  return true;
};
