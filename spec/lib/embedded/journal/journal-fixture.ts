import fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Files } from '../../../../lib/embedded/journal/files.js';
import { Journal, type JournalOptions, type Recovery } from '../../../../lib/embedded/journal/journal.js';

/** Creates a folder that is removed at the end of the running test. */
export async function newFolder(): Promise<string> {
  const folder = await fs.mkdtemp(join(tmpdir(), 'spec-journal-'));
  onTestFinished(() => fs.rm(folder, { recursive: true, maxRetries: 3 }));
  return folder;
}

/** Records what is played back. */
export class Played implements Recovery {
  readonly seen: string[] = [];

  snapshot(zxid: bigint, bytes: Buffer): void {
    this.seen.push(`snapshot ${zxid} ${bytes}`);
  }

  transaction(zxid: bigint, bytes: Buffer): void {
    this.seen.push(`${zxid} ${bytes}`);
  }
}

/** Opens a journal, which the end of the test closes. Returns it with what it played back. */
export async function opened(
  folder: string,
  options?: JournalOptions,
  files?: Files,
): Promise<{ journal: Journal; seen: readonly string[] }> {
  const played = new Played();
  const journal = await Journal.open(folder, played, options, files);
  onTestFinished(() => journal.close());
  return { journal, seen: played.seen };
}

/** Appends each text as the next transaction. */
export function append(journal: Journal, ...texts: string[]): void {
  for (const text of texts) journal.append(journal.appended + 1n, Buffer.from(text));
}

/** Creates a folder with these transactions. A number adds a snapshot of the state so far with that content. */
export async function folderWith(...steps: (string | number)[]): Promise<string> {
  const folder = await newFolder();
  const { journal } = await opened(folder);
  for (const step of steps) {
    if (typeof step === 'string') append(journal, step);
    else await journal.snapshot(journal.appended, [Buffer.from(String(step))]);
  }
  await journal.close();
  return folder;
}

/** Opens and closes the folder. Returns what was played back. */
export async function contentsOf(folder: string): Promise<readonly string[]> {
  const { journal, seen } = await opened(folder);
  await journal.close();
  return seen;
}

/** The bytes of every file in the folder. */
export async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await fs.readdir(folder)).sort();
  const files = names.map(async (name) => [name, (await fs.readFile(join(folder, name))).toString('hex')]);
  return Object.fromEntries(await Promise.all(files));
}

/** An error like those of the operating system. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made by a spec`), { code });
}

/** Awaits one turn of the event loop. Node reports an unhandled rejection before it ends. */
export const aTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const OF_HANDLE = ['write', 'datasync', 'sync', 'truncate', 'read'] as const;

/** The real file system, where each operation first awaits `before`, which may throw. Names are the final ones. */
export function hookedFiles(before: (operation: string, name: string) => unknown): Files {
  const open: Files['open'] = async (path, flags, mode) => {
    const name = basename(String(path), '.tmp');
    await before('open', name);
    const handle = await fs.open(path, flags, mode);
    for (const operation of OF_HANDLE) {
      const original: (...args: never[]) => unknown = handle[operation];
      const hooked = async (...args: unknown[]): Promise<unknown> => {
        await before(operation, name);
        return Reflect.apply(original, handle, args);
      };
      Object.assign(handle, { [operation]: hooked });
    }
    return handle;
  };
  return {
    open,
    readdir: fs.readdir,
    rename: async (from, to) => {
      await before('rename', basename(String(to)));
      await fs.rename(from, to);
    },
    unlink: async (path) => {
      await before('unlink', basename(String(path), '.tmp'));
      await fs.unlink(path);
    },
  };
}

/** Blocks its callers until a spec opens it. */
export class Gate {
  readonly #reached = deferred();
  readonly #opened = deferred();

  /** Resolves when a caller waits. */
  readonly reached = this.#reached.promise;

  /** Waits until the gate is opened. */
  readonly pass = (): Promise<void> => {
    this.#reached.resolve();
    return this.#opened.promise;
  };

  readonly open = (): void => this.#opened.resolve();
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
