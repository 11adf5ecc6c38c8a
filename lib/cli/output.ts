import { fstatSync, writeSync } from 'node:fs';
import { codeOf } from '../core/errors.js';

const STDOUT = 1;

/** Resolves when the system has accepted the text, or stdout is closed, so that a slow reader slows down the caller. */
export function print(text: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}

/** Prints one line of JSON. */
export function printJson(value: object): Promise<void> {
  return print(`${JSON.stringify(value)}\n`);
}

/** Whether SIGPIPE can have ended a program because stdout, which it shares, has no reader. */
export function mayBeUnread(): boolean {
  const stats = fstatSync(STDOUT);
  // There is no way to ask a pipe for its readers without a write.
  if (stats.isFIFO()) return true;
  if (!stats.isSocket()) return false;
  try {
    writeSync(STDOUT, '');
    return false;
  } catch (error) {
    return codeOf(error) === 'EPIPE';
  }
}
