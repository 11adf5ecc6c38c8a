import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atExit } from './at-exit.js';
import { bundled } from './bundled.js';
import { Recorder } from './recorder.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const MAIN = 'lib/cli/main.ts';

/** How a process ended: one of both is null. */
export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process that runs Node, and what it prints. It never outlives this process. */
export class Command implements AsyncDisposable {
  readonly lines = new Recorder<string>();
  readonly errors = new Recorder<string>();
  /** Resolves when it has ended, and all that it printed has been read. */
  readonly ended: Promise<CommandEnd>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#child;
    if (stdout) createInterface({ input: stdout }).on('line', this.lines.record);
    if (stderr) createInterface({ input: stderr }).on('line', this.errors.record);
    const forget = atExit(() => this.kill('SIGKILL'));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code, signal) => {
        forget();
        resolve({ code, signal });
      });
    });
  }

  /** Runs `zk-recipes` with these arguments. */
  static async run(...args: string[]): Promise<Command> {
    return new Command([await bundled(MAIN), ...args]);
  }

  /** The same from its place in the project, which takes longer to start. */
  static runInPlace(...args: string[]): Command {
    return new Command(['--import', 'tsx', MAIN, ...args]);
  }

  /** Runs `zk-recipes` with these arguments, after a module, given as TypeScript, has been run in the same process. */
  static runAfter(source: string, ...args: string[]): Command {
    const argv = JSON.stringify(['node', 'zk-recipes', ...args]);
    const module = `${source}\nprocess.argv = ${argv};\nawait import('./${MAIN}');`;
    return new Command(['--import', 'tsx', '--input-type=module', '-e', module]);
  }

  /** The port in the first line that it prints. */
  async port(): Promise<number> {
    const describe = `a line with a port; errors: ${this.errors.items.join('\n')}`;
    const [line = ''] = await this.lines.untilCount(1, { describe });
    return Number(/:(\d+) /.exec(line)?.[1]);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops reading what it prints. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}
