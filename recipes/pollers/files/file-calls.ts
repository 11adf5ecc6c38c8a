import fs, { type BigIntStats } from 'node:fs';
import { onAbort } from '../../../lib/core/abort.js';
import { codeOf } from '../../../lib/core/errors.js';
import { isSliceOver, nextSlice } from '../../../lib/core/slices.js';
import { turns } from '../../../lib/core/timers.js';
import { type ByteText, toPath } from './file-names.js';
import { FILES } from './limits.js';

type PathOf = (file: ByteText) => ByteText;
type Take = (index: number, stat: BigIntStats | undefined) => void;
type Refused = (index: number, error: unknown) => void;
type Callback<T> = (error: NodeJS.ErrnoException | null, value: T) => void;

const LATIN1 = { encoding: 'latin1' } as const;

/** There is nothing at the path, or a file or a link is in the place of a directory on the way to it. */
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP']);

/**
 * Calls of the file system that all reject once one has failed or the signal has aborted, so that nothing goes on
 * behind the caller's back. A call that hangs, as on a network, is left behind.
 */
export class FileCalls {
  readonly #rejects = new Set<(error: unknown) => void>();
  readonly #letGo: () => void;
  /** The calls on the main thread that a disk has answered, and not the memory. */
  #slowCalls = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal) {
    this.#letGo = onAbort(signal, () => this.fail(signal.reason));
  }

  /** Throws when nothing may go on. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Rejects what is in flight and whatever follows. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const reject of this.#rejects) reject(this.#failure.error);
    this.#rejects.clear();
  }

  /** Nothing follows. */
  end(): void {
    this.#letGo();
  }

  /** Of the file itself, also where it is a symbolic link; `undefined` when there is none. */
  lstat(path: ByteText, isLocal: boolean): Promise<BigIntStats | undefined> {
    return new Promise((resolve, reject) => {
      const take: Take = (_, stat) => resolve(stat);
      const refused: Refused = (_, error) => reject(error);
      this.lstatEach([path], (each) => each, isLocal, take, refused).catch(reject);
    });
  }

  /**
   * The same for many files.
   *
   * @param pathOf gives the path of each
   * @param isLocal whether the file system answers from memory, mostly: then it is asked in slices of turns
   * @param take is called for each, by its index
   * @param refused is called for a path that may not be examined; what it throws rejects the call
   */
  async lstatEach(
    files: readonly ByteText[],
    pathOf: PathOf,
    isLocal: boolean,
    take: Take,
    refused: Refused,
  ): Promise<void> {
    let next = 0;
    let began = performance.now();
    while (isLocal && this.#isFast && next < files.length) {
      this.#lstatNow(pathOf(files[next] as ByteText), next, take, refused);
      next += 1;
      const ended = performance.now();
      this.#hasTaken(ended - began);
      began = ended;
      if (!isSliceOver(turns.work, ended)) continue;
      await this.#turn();
      began = performance.now();
    }
    if (next < files.length) await this.#lstatByThreads(files, pathOf, next, take, refused);
  }

  /** Of what a symbolic link leads to. */
  stat(path: ByteText): Promise<BigIntStats | undefined> {
    return orGone(this.#call((callback) => fs.stat(toPath(path), { bigint: true }, callback)));
  }

  /**
   * The names in a directory; `undefined` when there is none.
   *
   * @param isSmall whether there are few of them, and the file system answers from memory, mostly
   */
  list(path: ByteText, isSmall: boolean): Promise<ByteText[] | undefined> {
    const now = isSmall && this.#isFast;
    return orGone(now ? this.#listNow(path) : this.#call((callback) => fs.readdir(toPath(path), LATIN1, callback)));
  }

  /** The number of the kind of file system that a path is on. */
  async fileSystem(path: ByteText): Promise<number> {
    return (await this.#call<fs.StatsFs>((callback) => fs.statfs(toPath(path), callback))).type;
  }

  /** Resolves after so many ms. */
  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.#call<void>((callback) => {
        timer = setTimeout(() => callback(null, undefined), ms);
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the event loop has read what the system had reported by now. */
  async polled(): Promise<void> {
    // The present poll phase may be over with the notifications already: a whole one must follow.
    for (let turn = 0; turn < 2; turn += 1)
      await this.#call<void>((callback) => turns.next(() => callback(null, undefined)));
  }

  /** Runs for each item, for so many at once. */
  async forEach<T>(items: readonly T[], atOnce: number, run: (item: T) => Promise<void>): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < items.length) {
        const item = items[next] as T;
        next += 1;
        await run(item);
        if (isSliceOver()) await this.#turn();
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  }

  /** Runs for each item, and lets the event loop turn in between. */
  async inSlices<T>(items: Iterable<T>, run: (item: T) => void): Promise<void> {
    let count = 0;
    for (const item of items) {
      run(item);
      count += 1;
      if (count % FILES.namesAtOnce === 0 && isSliceOver()) await this.#turn();
    }
  }

  /** Whether calls on the main thread are answered at once. Otherwise the threads wait for the disk. */
  get #isFast(): boolean {
    return this.#slowCalls < FILES.slowCalls;
  }

  /** Notes how long a call on the main thread has taken. */
  #hasTaken(ms: number): void {
    if (ms > FILES.slowCall) this.#slowCalls += 1;
    else if (this.#slowCalls > 0) this.#slowCalls -= 1 / FILES.fastCalls;
  }

  async #listNow(path: ByteText): Promise<ByteText[]> {
    this.check();
    const began = performance.now();
    try {
      return fs.readdirSync(toPath(path), LATIN1);
    } finally {
      this.#hasTaken(performance.now() - began);
    }
  }

  async #turn(): Promise<void> {
    await nextSlice();
    this.check();
  }

  #lstatNow(path: ByteText, index: number, take: Take, refused: Refused): void {
    let stat: BigIntStats | undefined;
    try {
      stat = fs.lstatSync(toPath(path), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      if (!GONE.has(codeOf(error))) return refused(index, error);
    }
    take(index, stat);
  }

  #lstatByThreads(
    files: readonly ByteText[],
    pathOf: PathOf,
    from: number,
    take: Take,
    refused: Refused,
  ): Promise<void> {
    let next = from;
    let left = files.length - from;
    return this.#call((callback) => {
      const examine = (): void => {
        const index = next;
        if (index >= files.length || this.#failure) return;
        next += 1;
        fs.lstat(toPath(pathOf(files[index] as ByteText)), { bigint: true }, (error, stat) => {
          if (this.#failure) return;
          try {
            if (!error) take(index, stat);
            else if (GONE.has(error.code)) take(index, undefined);
            else refused(index, error);
          } catch (thrown) {
            return this.fail(thrown);
          }
          left -= 1;
          if (left === 0) callback(null, undefined);
          else examine();
        });
      };
      for (let lane = 0; lane < FILES.atOnce.entries; lane += 1) examine();
    });
  }

  #call<T>(start: (callback: Callback<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.check();
      this.#rejects.add(reject);
      start((error, value) => {
        this.#rejects.delete(reject);
        if (error) reject(error);
        else resolve(value);
      });
    });
  }
}

async function orGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (GONE.has(codeOf(error))) return undefined;
    throw error;
  }
}
