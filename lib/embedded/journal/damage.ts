import { dirname } from 'node:path';
import { FILE_HEADER_LENGTH } from './file-header.js';
import { DataDamagedError } from './journal-errors.js';

/** Where a file makes no sense, and why. */
export interface DamagedAt {
  offset: number;
  what: string;
  cause?: unknown;
}

/** A log that cannot be read on from there. */
export function damagedLog(file: string, at: DamagedAt): DataDamagedError {
  const remedy =
    at.offset < FILE_HEADER_LENGTH
      ? 'Put the file back from a copy'
      : `Put the file back from a copy; or, to give up what was written from there on, cut it to ${at.offset} bytes and remove the log files after it`;
  return damaged(file, at, remedy);
}

/** A snapshot that does not hold what was written. */
export function damagedSnapshot(file: string, at: DamagedAt): DataDamagedError {
  return damaged(file, at, 'Put the file back from a copy');
}

/** A log that must be there and is not. `found` says what shows it. */
export function missingLog(file: string, found: string): DataDamagedError {
  return damaged(file, { offset: 0, what: `there is no such file, though ${found}` }, 'Put the file back from a copy');
}

function damaged(file: string, at: DamagedAt, remedy: string): DataDamagedError {
  const message =
    `${file} is damaged at offset ${at.offset}: ${at.what}. Nothing was changed. ` +
    `${remedy}; or, to begin with no data, move ${dirname(file)} out of the way.`;
  const details = { file, offset: at.offset };
  return new DataDamagedError(message, at.cause === undefined ? details : { ...details, cause: at.cause });
}
