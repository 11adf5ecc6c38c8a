import fs, { type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { reportingIo } from './journal-errors.js';

/** What the journal needs of the file system. */
export type Files = Pick<typeof fs, 'open' | 'readdir' | 'rename' | 'unlink'>;

/** The real file system. */
export const REAL_FILES: Files = fs;

/** Writes all bytes from the position on, however little the system takes at a time. */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error('the system wrote nothing');
    done += bytesWritten;
  }
}

/** What a system answers that has no fsync for folders. */
const NO_FOLDER_SYNC: readonly unknown[] =
  process.platform === 'win32' ? ['EPERM', 'EISDIR', 'EACCES', 'EINVAL', 'ENOTSUP'] : ['EINVAL', 'ENOTSUP'];

/** Makes the names in the folder as durable as the files behind them. */
export function syncFolder(folder: string, files: Files): Promise<void> {
  return reportingIo('Syncing the folder', folder, async () => {
    let handle: FileHandle | undefined;
    try {
      handle = await files.open(folder, 'r');
      await handle.sync();
    } catch (error) {
      if (!NO_FOLDER_SYNC.includes(codeOf(error))) throw error;
    } finally {
      await handle?.close();
    }
  });
}

/** Creates the folder and those above it, so that a power failure does not take them back. */
export function makeFolder(folder: string, files: Files): Promise<void> {
  return reportingIo('Creating the folder', folder, async () => {
    const topmost = await fs.mkdir(folder, { recursive: true });
    if (topmost === undefined) return;
    const stop = dirname(resolve(topmost));
    let parent = dirname(resolve(folder));
    while (parent.length > stop.length) {
      await syncFolder(parent, files);
      parent = dirname(parent);
    }
    await syncFolder(stop, files);
  });
}

/** Removes a file that may be gone already. */
export async function removeFile(file: string, files: Pick<Files, 'unlink'>): Promise<void> {
  await reportingIo('Removing', file, async () => {
    try {
      await files.unlink(file);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  });
}
