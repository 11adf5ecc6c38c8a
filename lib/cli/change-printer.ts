import type { TreeChange } from '../../index.js';
import { changeLine, toJsonChange } from './json-change.js';
import { jsonLine, print } from './output.js';

/** How changes are printed. */
export interface PrinterOptions {
  readonly isJson: boolean;
  readonly hasData: boolean;
  readonly hasPrevious?: boolean;
  /** Changes after which the command ends. */
  readonly limit: number;
  readonly position: () => bigint;
  /** Called when the system has accepted a line. */
  readonly onPrinted?: () => void;
}

/** Prints changes, and counts them. */
export function changePrinter({ isJson, hasData, hasPrevious = false, limit, position, onPrinted }: PrinterOptions) {
  const toLine = (change: TreeChange): string => {
    if (!isJson) return changeLine(change);
    const time = new Date().toISOString();
    return jsonLine(toJsonChange(change, { time, position: position(), hasData, hasPrevious }));
  };
  let count = 0;
  return async (change: TreeChange): Promise<boolean> => {
    // Never settles without a reader: a checkpoint must not pass a change that nobody can have read.
    if (!(await print(toLine(change)))) return new Promise(() => {});
    onPrinted?.();
    count += 1;
    return count < limit;
  };
}
