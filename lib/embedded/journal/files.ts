import fs, { type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { FOR_OWNER } from './permissions.js';
import { reportingIo } from './reporting-io.js';

/** The part of the file system that the journal uses. */
export type Files = Pick<typeof fs, 'open' | 'readdir' | 'rename' | 'unlink'>;

/** The real file system. */
export const REAL_FILES: Files = fs;

/** Writes all bytes at the position, in as many writes as the system needs. */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error('the system wrote nothing');
    done += bytesWritten;
  }
}

/** The errors of a system without fsync for folders. */
const NO_FOLDER_SYNC: readonly unknown[] =
  process.platform === 'win32' ? ['EPERM', 'EISDIR', 'EACCES', 'EINVAL', 'ENOTSUP'] : ['EINVAL', 'ENOTSUP'];

/** Syncs the folder, so that the names in it are as durable as the files. */
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

/** Opens a new file, or empties an old one, for its owner alone. */
export function openNew(file: string, files: Pick<Files, 'open'>): Promise<FileHandle> {
  return files.open(file, 'w', FOR_OWNER.file);
}

/**
 * Creates the folder and its parents, and syncs each, so that a power failure does not undo the creation. A new folder
 * is for its owner alone.
 */
export function makeFolder(folder: string, files: Files): Promise<void> {
  return reportingIo('Creating the folder', folder, async () => {
    const parents = await fs.mkdir(dirname(resolve(folder)), { recursive: true });
    const own = await fs.mkdir(folder, { recursive: true, mode: FOR_OWNER.folder });
    const topmost = parents ?? own;
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

/** Removes a file if it exists. */
export async function removeFile(file: string, files: Pick<Files, 'unlink'>): Promise<void> {
  await reportingIo('Removing', file, async () => {
    try {
      await files.unlink(file);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  });
}
