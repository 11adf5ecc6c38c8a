import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atExit } from '../../testing/at-exit.js';
import { Recorder } from '../../testing/recorder.js';

/** A program of a user, with the programs that it starts: all of them end with it. */
export class Program implements AsyncDisposable {
  readonly lines = new Recorder<string>();
  readonly errors = new Recorder<string>();
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(command: string, args: readonly string[], cwd: string) {
    // A process group of its own, because npx starts further processes.
    this.#child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const { stdout, stderr } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', this.lines.record);
    if (stderr) createInterface({ input: stderr }).on('line', this.errors.record);
    const forget = atExit(() => this.#kill());
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.errors.record(String(error)));
      this.#child.once('close', () => {
        forget();
        resolve();
      });
    });
  }

  #kill(): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#kill();
    await this.#ended;
  }
}
