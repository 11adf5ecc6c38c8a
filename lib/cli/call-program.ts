import { type ChildProcess, spawn } from 'node:child_process';
import { Deadline } from '../core/deadline.js';
import { codeOf } from '../core/errors.js';
import { environmentOf } from './call-environment.js';
import { COMMAND } from './limits.js';
import { mayBeUnread } from './output.js';
import { printDiagnostic } from './stderr.js';
import type { Call } from './watch-calls.js';

/** Options of a {@link CallProgram}. */
export interface CallProgramOptions {
  /** Whether stdin of the program is the call's line of JSON, instead of the state. */
  readonly isJson: boolean;
  /** The servers, for a program that reads more of them. */
  readonly connect: string;
}

/** How a program has ended: one of both is `null`. */
interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Runs a program of the user once per call of a watch, without a shell. */
export class CallProgram {
  readonly #command: readonly [string, ...string[]];
  readonly #options: CallProgramOptions;
  #running: { readonly child: ChildProcess; readonly ended: Promise<unknown> } | undefined;
  #isEnding = false;

  constructor(command: readonly [string, ...string[]], options: CallProgramOptions) {
    this.#command = command;
    this.#options = options;
  }

  /**
   * Resolves once the program has ended. A failure is reported on stderr. Resolves with `false` when the program was
   * ended by a closed stdout, or by {@link CallProgram.end}.
   */
  async run(call: Call): Promise<boolean> {
    if (this.#isEnding) return false;
    const [file, ...args] = this.#command;
    try {
      const env = environmentOf(call, this.#options.connect);
      const child = spawn(file, args, { env, stdio: ['pipe', 'inherit', 'inherit'] });
      // A program may end without reading.
      child.stdin.on('error', () => {});
      child.stdin.end(this.#options.isJson ? `${JSON.stringify(call.json)}\n` : call.input);
      const ended = endOf(child);
      this.#running = { child, ended: ended.catch(() => {}) };
      const end = await ended;
      child.stdin.destroy();
      return this.#ended(call, end);
    } catch (error) {
      if (this.#isEnding) return false;
      // Not named: its words may hold a secret, and without a shell they may all be one.
      const hint = 'name a program and its arguments as separate words, there is no shell';
      report(call, `cannot be started (${codeOf(error) ?? 'unknown'}): ${hint}`);
      return true;
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends the running program, and resolves when it has ended: no other is started. */
  async end(): Promise<void> {
    this.#isEnding = true;
    if (!this.#running) return;
    const { child, ended } = this.#running;
    child.kill('SIGTERM');
    const deadline = new Deadline(COMMAND.programGrace, () => child.kill('SIGKILL'));
    await ended;
    deadline.cancel();
  }

  #ended(call: Call, { code, signal }: ProgramEnd): boolean {
    if (this.#isEnding || (signal === 'SIGPIPE' && mayBeUnread())) return false;
    if (signal !== null) report(call, `was ended by ${signal}`);
    else if (code !== 0) report(call, `has ended with exit code ${code}`);
    return true;
  }
}

/** Rejects when the program cannot be started, or not be ended. */
function endOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function report({ time, path }: Call, what: string): void {
  printDiagnostic(`${time} the program for ${path} ${what}`);
}
