import { randomBytes } from 'node:crypto';
import { readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { removeFile } from './files.js';
import { DataLockedError, reportingIo } from './journal-errors.js';
import { startOfProcess } from './process-start.js';

/** Somebody else who has, or wants, the folder. */
interface Rival {
  name: string;
  pid: number;
  hasIt: boolean;
}

/** `lock.<pid>.<start of the process>.<a number of its own>` */
const NAME = /^lock\.(\d{1,10})\.([0-9a-f]{0,8})\.[0-9a-f]{16}$/;

/** How often a rival is looked at who neither gets the folder nor gives way. */
const MOST_LOOKS = 1000;

/** The lock files that this process has put somewhere. */
const OURS = new Set<string>();

/**
 * The right to a folder, for one holder among all processes of the machine.
 *
 * Everybody who wants the folder puts down a file with a name of its own and looks for others after that: of two, one sees the
 * other at least. Whoever sees nobody alive has the folder and writes so into its file; of two who both want it the first by name
 * stays. A file whose process is gone counts for nothing. As no two files have the same name, removing it takes nothing
 * from anybody.
 */
export class FolderLock {
  readonly #file: string;
  readonly #name: string;

  private constructor(folder: string, name: string) {
    this.#file = join(folder, name);
    this.#name = name;
  }

  /** @throws DataLockedError when somebody alive has the folder. */
  static async acquire(folder: string): Promise<FolderLock> {
    const start = startOfProcess(process.pid) ?? '';
    const name = `lock.${process.pid}.${start}.${randomBytes(8).toString('hex')}`;
    const lock = new FolderLock(folder, name);
    OURS.add(name);
    try {
      await reportingIo('Locking the folder with', lock.#file, async () => {
        await writeFile(lock.#file, '', { flag: 'wx' });
        await lock.#outdoRivals(folder);
        await writeFile(lock.#file, `Held by process ${process.pid} since ${new Date().toISOString()}.\n`);
      });
      return lock;
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
  }

  /** Lets others have the folder. */
  async release(): Promise<void> {
    await removeFile(this.#file, { unlink });
    OURS.delete(this.#name);
  }

  async #outdoRivals(folder: string): Promise<void> {
    for (let look = 1; ; look++) {
      const rivals = await this.#rivals(folder);
      if (rivals.length === 0) return;
      const winner = rivals.find(({ hasIt, name }) => hasIt || name < this.#name || look === MOST_LOOKS);
      if (winner !== undefined) throw locked(folder, winner.pid);
    }
  }

  async #rivals(folder: string): Promise<Rival[]> {
    const rivals: Rival[] = [];
    for (const name of await readdir(folder)) {
      const [, pid, start] = NAME.exec(name) ?? [];
      if (pid === undefined || start === undefined || name === this.#name) continue;
      const file = join(folder, name);
      if (!isAlive(name, Number(pid), start)) {
        await removeFile(file, { unlink });
        continue;
      }
      const found = await stat(file).catch((error: unknown) => {
        // Its owner has withdrawn it in the meantime.
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      });
      if (found !== null) rivals.push({ name, pid: Number(pid), hasIt: found.size > 0 });
    }
    return rivals;
  }
}

function isAlive(name: string, pid: number, start: string): boolean {
  if (OURS.has(name)) return true;
  const startToday = startOfProcess(pid);
  if (startToday === null) return false;
  if (start !== '' && startToday !== '') return start === startToday;
  // Without the start, a lock with our pid that is not ours is of a process that had the pid before: in a container that is usual.
  return pid !== process.pid;
}

function locked(folder: string, pid: number): DataLockedError {
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  const message =
    `The data folder ${folder} is in use by ${who}. ` +
    'A folder serves one server at a time: close the other one, or give this one a folder of its own.';
  return new DataLockedError(message, { folder, pid });
}
