import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { damagedLog } from './damage.js';
import { FILE_HEADER_LENGTH, faultOfHeader, fileHeader } from './file-header.js';
import { hex, logName, temporaryName } from './file-names.js';
import { type Files, removeFile, syncFolder, writeAll } from './files.js';
import { reportingIo } from './journal-errors.js';
import { RecordReader } from './record-reader.js';

/** A log file that can be written on. */
export interface OpenLog {
  file: string;
  handle: FileHandle;
  /** Where the next record goes. */
  position: number;
}

/** What a log file holds. */
export interface LogContents {
  file: string;
  /** The zxid of its last transaction; the one before its first when it is empty. */
  last: bigint;
  transactions: number;
  /** Where its last whole record ends. */
  end: number;
  /** How many bytes are behind that of a record that was not written to its end. */
  torn: number;
}

/** Starts a log with no record in it. It is there as a whole or not at all. */
export async function createLog(folder: string, first: bigint, files: Files): Promise<OpenLog> {
  const name = logName(first);
  const file = join(folder, name);
  const temporary = join(folder, temporaryName(name));
  return reportingIo('Creating the log', file, async () => {
    const handle = await files.open(temporary, 'w');
    try {
      await writeAll(handle, fileHeader('log', first), 0);
      await handle.sync();
      await files.rename(temporary, file);
      await syncFolder(folder, files);
    } catch (error) {
      await handle.close().catch(() => {});
      await removeFile(temporary, files).catch(() => {});
      throw error;
    }
    return { file, handle, position: FILE_HEADER_LENGTH };
  });
}

/** Opens a log to go on with it: what is torn is cut off, and what remains is durable after that. */
export function reopenLog({ file, end, torn }: LogContents, files: Files): Promise<OpenLog> {
  return reportingIo('Opening the log', file, async () => {
    const handle = await files.open(file, 'r+');
    try {
      if (torn > 0) await handle.truncate(end);
      await handle.sync();
    } catch (error) {
      await handle.close().catch(() => {});
      throw error;
    }
    return { file, handle, position: end };
  });
}

/**
 * Plays the transactions of a log back.
 *
 * @param mayBeTorn - Whether it is the log that was written on last.
 * @throws DataDamagedError when it holds anything but the transactions from its first on, one after the other.
 */
export function readLog(
  folder: string,
  first: bigint,
  mayBeTorn: boolean,
  transaction: (zxid: bigint, bytes: Buffer) => void,
  files: Files,
): Promise<LogContents> {
  const file = join(folder, logName(first));
  return reportingIo('Reading the log', file, async () => {
    const handle = await files.open(file, 'r');
    try {
      return await readRecords(file, first, mayBeTorn, transaction, await RecordReader.of(handle));
    } finally {
      await handle.close();
    }
  });
}

async function readRecords(
  file: string,
  first: bigint,
  mayBeTorn: boolean,
  transaction: (zxid: bigint, bytes: Buffer) => void,
  reader: RecordReader,
): Promise<LogContents> {
  const fault = faultOfHeader(await reader.take(FILE_HEADER_LENGTH), 'log', first);
  if (fault !== null) throw damagedLog(file, fault);
  const contents: LogContents = { file, last: first - 1n, transactions: 0, end: reader.offset, torn: 0 };
  for (;;) {
    const found = await reader.next();
    if (found === null) return contents;
    if (found.kind === 'fault') {
      if (!found.isTorn || !mayBeTorn) throw damagedLog(file, found);
      return { ...contents, torn: reader.size - found.offset };
    }
    const { offset, number: zxid, payload } = found;
    if (zxid !== contents.last + 1n) {
      throw damagedLog(file, { offset, what: `zxid ${hex(zxid)} follows on ${hex(contents.last)}` });
    }
    try {
      transaction(zxid, Buffer.from(payload));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw damagedLog(file, { offset, what: `transaction ${hex(zxid)} cannot be played back (${reason})`, cause });
    }
    contents.last = zxid;
    contents.transactions++;
    contents.end = reader.offset;
  }
}
