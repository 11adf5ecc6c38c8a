import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { isJournalFile } from './file-names.js';
import { reportingIo } from './reporting-io.js';

/** The permissions of new folders and files: znodes may hold credentials. Windows has no such permissions. */
export const FOR_OWNER = { folder: 0o700, file: 0o600 } as const;

const OTHERS = 0o077;
/** Set on folders such as /tmp, which are for everybody. */
const STICKY = 0o1000;
/** The errors for data of another user, of file systems without permissions, and for a rival's lock that is gone. */
const UNCHANGEABLE: readonly unknown[] = ['EPERM', 'EROFS', 'ENOTSUP', 'ENOSYS', 'ENOENT'];

/**
 * Takes an existing folder and the journal's files in it from all but their owner: an earlier version left them open.
 * The permissions of a folder that has other files in it are its user's own choice.
 */
export function makePrivate(folder: string): Promise<void> {
  return reportingIo('Restricting the permissions of', folder, async () => {
    const names = await readdir(folder);
    if (names.every(isJournalFile)) await restrict(folder, FOR_OWNER.folder);
    for (const name of names.filter(isJournalFile)) await restrict(join(folder, name), FOR_OWNER.file);
  });
}

async function restrict(path: string, permissions: number): Promise<void> {
  try {
    const { mode } = await stat(path);
    if ((mode & OTHERS) !== 0 && (mode & STICKY) === 0) await chmod(path, permissions);
  } catch (error) {
    if (!UNCHANGEABLE.includes(codeOf(error))) throw error;
  }
}
