import { randomBytes } from 'node:crypto';
import { readdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { DataLockedError } from '../errors.js';
import { EMBEDDED_LIMITS } from '../limits.js';
import { LOCK } from './file-names.js';
import { removeFile } from './files.js';
import { FOR_OWNER } from './permissions.js';
import { startOfProcess } from './process-start.js';
import { reportingIo } from './reporting-io.js';

/** Another process or server that holds or wants the folder. */
interface Rival {
  name: string;
  pid: number;
  isHolder: boolean;
}

/** The names of this process's lock files. */
const OURS = new Set<string>();

/**
 * An exclusive lock on a folder, among all processes of the machine, except those of other containers.
 *
 * A contender creates a lock file with a unique name, and looks for other lock files after that: of two contenders at
 * least one sees the other. A contender that sees no live rival holds the folder, and records that in its file. Of two
 * that both want the folder, the first by name wins. A file whose process has ended is ignored and removed, which is
 * safe because names are unique.
 */
export class FolderLock {
  readonly #file: string;
  readonly #name: string;

  private constructor(folder: string, name: string) {
    this.#file = join(folder, name);
    this.#name = name;
  }

  /** @throws DataLockedError when a live process holds the folder. */
  static async acquire(folder: string): Promise<FolderLock> {
    const start = startOfProcess(process.pid) ?? '';
    const name = `lock.${process.pid}.${start}.${randomBytes(8).toString('hex')}`;
    const lock = new FolderLock(folder, name);
    OURS.add(name);
    try {
      await reportingIo('Locking the folder with', lock.#file, async () => {
        await writeFile(lock.#file, '', { flag: 'wx', mode: FOR_OWNER.file });
        await lock.#awaitRivals(folder);
        await writeFile(lock.#file, `Held by process ${process.pid} since ${new Date().toISOString()}.\n`);
      });
      return lock;
    } catch (error) {
      await lock.release().catch(() => {});
      throw error;
    }
  }

  /** Releases the folder. */
  async release(): Promise<void> {
    await removeFile(this.#file, { unlink });
    OURS.delete(this.#name);
  }

  async #awaitRivals(folder: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const rivals = await this.#rivals(folder);
      if (rivals.length === 0) return;
      const winner = rivals.find(
        ({ isHolder, name }) => isHolder || name < this.#name || attempt === EMBEDDED_LIMITS.lockAttempts,
      );
      if (winner !== undefined) throw locked(folder, winner.pid);
    }
  }

  async #rivals(folder: string): Promise<Rival[]> {
    const rivals: Rival[] = [];
    for (const name of await readdir(folder)) {
      const [, pid, start] = LOCK.exec(name) ?? [];
      if (pid === undefined || start === undefined || name === this.#name) continue;
      const file = join(folder, name);
      if (!isAlive(name, Number(pid), start)) {
        await removeFile(file, { unlink });
        continue;
      }
      const found = await stat(file).catch((error: unknown) => {
        // The owner has withdrawn its file in the meantime.
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      });
      if (found !== null) rivals.push({ name, pid: Number(pid), isHolder: found.size > 0 });
    }
    return rivals;
  }
}

function isAlive(name: string, pid: number, start: string): boolean {
  if (OURS.has(name)) return true;
  const startToday = startOfProcess(pid);
  if (startToday === null) return false;
  if (start !== '' && startToday !== '') return start === startToday;
  // Without a start time, a foreign file with our pid belongs to an earlier process: containers reuse pids.
  return pid !== process.pid;
}

function locked(folder: string, pid: number): DataLockedError {
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`;
  const message =
    `The data folder ${folder} is in use by ${who}. ` +
    'A folder serves one server at a time: close the other one, or give this one a folder of its own.';
  return new DataLockedError(message, { folder, pid });
}
