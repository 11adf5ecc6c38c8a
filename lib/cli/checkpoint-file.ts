import { open, readFile, rename, rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Checkpoint, InvalidCheckpointError } from '../../index.js';
import { codeOf } from '../core/errors.js';
import { CommandError } from './command-error.js';
import { COMMAND } from './limits.js';

const { leastPause, pauseFactor } = COMMAND.checkpoint;

/** Returns the bytes of a checkpoint in a file; `undefined` when there is no file. */
export async function readCheckpointBytes(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError('cannot be read', error);
  }
}

/** Returns the checkpoint of a path in a file; `undefined` when there is no file. */
export async function readCheckpoint(file: string, path: string): Promise<Checkpoint | undefined> {
  const bytes = await readCheckpointBytes(file);
  if (!bytes) return undefined;
  const checkpoint = decode(bytes);
  if (checkpoint.root === path) return checkpoint;
  throw new CommandError(`the file of --checkpoint is of ${checkpoint.root}, not of ${path}: give another file`);
}

function decode(bytes: Buffer): Checkpoint {
  try {
    return Checkpoint.from(bytes);
  } catch (error) {
    if (!(error instanceof InvalidCheckpointError)) throw error;
    const message = `the file of --checkpoint is of no use: ${error.message}, by removing it`;
    throw new CommandError(message, { cause: error });
  }
}

/** A checkpoint. */
type Bytes = Pick<Checkpoint, 'toBytes'>;

/** Keeps the newest checkpoint in a file: a complete one at any time, whatever happens. */
export class CheckpointFile {
  /** Rejects when the file cannot be written. */
  readonly failed: Promise<never>;
  readonly #file: string;
  readonly #newest: () => Bytes;
  #fail: (error: unknown) => void = () => {};
  #isDue = false;
  #isEnding = false;
  #hasFailed = false;
  #running: Promise<void> | undefined;
  #endPause = () => {};

  /** @param newest makes the checkpoint of the moment */
  constructor(file: string, newest: () => Bytes) {
    this.#file = file;
    this.#newest = newest;
    this.failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  /** There is a newer checkpoint, at the latest in the next turn of the event loop. It is written soon. */
  due(): void {
    this.#isDue = true;
    this.#running ??= this.#run();
  }

  /**
   * Writes the newest checkpoint, unless none was due yet.
   *
   * @throws CommandError when it cannot be written, unless `failed` has that
   */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#endPause();
    if (!this.#running) return;
    await this.#running;
    if (this.#isDue && !this.#hasFailed) await this.#write();
  }

  /** Runs until the end, and rests while nothing is due. Never rejects. */
  async #run(): Promise<void> {
    await nextTurn();
    try {
      while (!this.#isEnding) {
        const began = performance.now();
        if (this.#isDue) await this.#write();
        await this.#pause(Math.max(leastPause, pauseFactor * (performance.now() - began)));
      }
    } catch (error) {
      this.#hasFailed = true;
      this.#fail(error);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isEnding) this.#endPause();
    });
  }

  async #write(): Promise<void> {
    this.#isDue = false;
    const temporary = `${this.#file}.${process.pid}.tmp`;
    try {
      await writeDurably(temporary, this.#newest().toBytes());
      await rename(temporary, this.#file);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw fileError('cannot be written', error);
    }
  }
}

/** Creates the file for its owner alone. */
async function writeDurably(file: string, bytes: Buffer): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileError(flaw: string, error: unknown): CommandError {
  return new CommandError(`the file of --checkpoint ${flaw} (${codeOf(error) ?? 'unknown'})`, { cause: error });
}
