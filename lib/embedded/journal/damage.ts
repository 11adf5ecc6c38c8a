import { dirname } from 'node:path';
import { DataDamagedError } from '../errors.js';
import { FILE_HEADER_LENGTH } from './file-header.js';

/** The place and the description of a damage. */
export interface Damage {
  offset: number;
  reason: string;
  cause?: unknown;
}

/** The error for a log that cannot be read beyond an offset. */
export function damagedLog(file: string, at: Damage): DataDamagedError {
  const remedy =
    at.offset < FILE_HEADER_LENGTH
      ? 'Put the file back from a copy'
      : 'Put the file back from a copy; or, to give up what was written from there on, ' +
        `cut it to ${at.offset} bytes and remove the log files after it`;
  return damaged(file, at, remedy);
}

/** The error for a snapshot that differs from what was written. */
export function damagedSnapshot(file: string, at: Damage): DataDamagedError {
  return damaged(file, at, 'Put the file back from a copy');
}

/** The error for a missing log. `found` is the evidence that it existed. */
export function missingLog(file: string, found: string): DataDamagedError {
  const reason = `there is no such file, though ${found}`;
  return damaged(file, { offset: 0, reason }, 'Put the file back from a copy');
}

function damaged(file: string, at: Damage, remedy: string): DataDamagedError {
  const message =
    `${file} is damaged at offset ${at.offset}: ${at.reason}. Nothing was changed. ` +
    `${remedy}; or, to begin with no data, move ${dirname(file)} out of the way.`;
  const details = { file, offset: at.offset };
  return new DataDamagedError(message, at.cause === undefined ? details : { ...details, cause: at.cause });
}
