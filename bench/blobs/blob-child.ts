import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { atExit } from '../../testing/at-exit.js';
import { bundled } from '../../testing/bundled.js';
import { MissingFiguresError } from '../contender.js';

/** Its name, without its ending. */
type ProcessName = 'transfer-process' | 'watch-process' | 'serving-process' | 'polling-process' | 'socket-process';

/** A part of a measurement of blobs in a process of its own, which ends with this process. */
export class BlobChild<Command> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    const forget = atExit(() => child.kill('SIGKILL'));
    this.#exited = new Promise((resolve) => child.once('close', resolve)).then(forget);
    child.on('message', (answer) => this.#waiting.shift()?.resolve(answer));
    child.on('error', () => {});
    child.once('close', (code, signal) => {
      const error = new MissingFiguresError(`its process ended with ${signal ?? `exit code ${code}`}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** @param prefix of the command that starts it */
  static async start<Command>(
    name: ProcessName,
    prefix: readonly string[],
    args: readonly string[],
  ): Promise<BlobChild<Command>> {
    const module = await bundled(join(import.meta.dirname, `${name}.ts`));
    const [file = '', ...rest] = [...prefix, process.execPath, '--expose-gc', module, ...args];
    return new BlobChild(spawn(file, rest, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  }

  /** Commands are carried out one after the other. */
  ask<Answer>(command: Command): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve: resolve as (answer: unknown) => void, reject });
      this.#child.send(command as object);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }
}
