import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hex } from '../hex.js';
import { damagedLog } from './damage.js';
import { FILE_HEADER_LENGTH, faultOfHeader, fileHeader } from './file-header.js';
import { logName, temporaryName } from './file-names.js';
import { type Files, openNew, removeFile, syncFolder, writeAll } from './files.js';
import { RecordReader } from './record-reader.js';
import { reportingIo } from './reporting-io.js';

/** A log file that is open for appending. */
export interface OpenLog {
  file: string;
  handle: FileHandle;
  /** The offset of the next record. */
  position: number;
}

/** The contents of a log file. */
export interface LogContents {
  file: string;
  /** The zxid of the last transaction; in an empty log, the zxid before the first. */
  last: bigint;
  transactions: number;
  /** The offset at which the last complete record ends. */
  end: number;
  /** The number of bytes behind it of an incomplete record. */
  torn: number;
}

/** Creates an empty log atomically. */
export async function createLog(folder: string, first: bigint, files: Files): Promise<OpenLog> {
  const name = logName(first);
  const file = join(folder, name);
  const temporary = join(folder, temporaryName(name));
  return reportingIo('Creating the log', file, async () => {
    const handle = await openNew(temporary, files);
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

/** Opens a log for appending: cuts off a torn record and syncs the rest. */
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
 * @param mayBeTorn - Whether it is the last log, whose last record a crash may have torn.
 * @throws DataDamagedError for anything but consecutive transactions from the first zxid on.
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
    if (found.type === 'fault') {
      if (!found.isTorn || !mayBeTorn) throw damagedLog(file, found);
      return { ...contents, torn: reader.size - found.offset };
    }
    const { offset, number: zxid, payload } = found;
    if (zxid !== contents.last + 1n) {
      throw damagedLog(file, { offset, reason: `zxid ${hex(zxid)} follows ${hex(contents.last)}` });
    }
    try {
      transaction(zxid, Buffer.from(payload));
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const reason = `transaction ${hex(zxid)} cannot be played back (${message})`;
      throw damagedLog(file, { offset, reason, cause });
    }
    contents.last = zxid;
    contents.transactions++;
    contents.end = reader.offset;
  }
}
