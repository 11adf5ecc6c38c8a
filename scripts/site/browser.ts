import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A headless chromium with one page, and all its processes. */
export class Browser implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  static async open(executable: string, url: string): Promise<Browser> {
    const folder = await mkdtemp(join(tmpdir(), 'zk-recipes-site-'));
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', `--user-data-dir=${folder}`];
    // A group of its own, to end all of its processes together.
    const process = spawn(executable, [...options, '--window-size=1440,900', url], { detached: true, stdio: 'ignore' });
    await once(process, 'spawn');
    return new Browser(process, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode } = this.#process;
    if (pid !== undefined && exitCode === null) {
      const ended = once(this.#process, 'exit');
      process.kill(-pid, 'SIGKILL');
      await ended;
    }
    await rm(this.#folder, { recursive: true, maxRetries: 10 });
  }
}
