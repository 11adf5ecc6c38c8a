import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atExit } from './at-exit.js';
import { onPath } from './on-path.js';

const LOG_LINES = 100;

// Makes the kernel end the server with us, even when we are killed by SIGKILL.
const setpriv = process.platform === 'linux' ? onPath('setpriv') : null;

/** One run of a server: a child process that never outlives this one. */
export class ServerProcess {
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log: string[] = [];
  #hasExited = false;

  constructor(command: string, args: readonly string[], folder: string, env: NodeJS.ProcessEnv = process.env) {
    const [file, ...rest] = setpriv ? [setpriv, '--pdeathsig', 'KILL', command, ...args] : [command, ...args];
    this.#child = spawn(file, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const input of [this.#child.stdout, this.#child.stderr]) {
      if (input) createInterface({ input }).on('line', (line) => this.#note(line));
    }
    const forget = atExit(() => this.#signal('SIGKILL'));
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#note(how);
        this.#hasExited = true;
        forget();
        resolve();
      };
      this.#child.once('error', (error) => end(`could not be started: ${error.message}`));
      // 'close' rather than 'exit': the last lines of the log have been read by then.
      this.#child.once('close', (code, signal) => end(`ended with ${signal ?? `exit code ${code}`}`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** The last lines that it printed, and how it ended. */
  get log(): string {
    return this.#log.join('\n');
  }

  async kill(): Promise<void> {
    this.#signal('SIGKILL');
    await this.exited;
  }

  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#hasExited) this.#child.kill(signal);
  }

  #note(line: string): void {
    this.#log.push(line);
    if (this.#log.length > LOG_LINES) this.#log.shift();
  }
}
