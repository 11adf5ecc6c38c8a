import { createInterface } from 'node:readline/promises';
import { ZooKeeperClient } from '../../../index.js';
import { SERVER_HELP, SERVER_OPTIONS, toServerArguments } from '../arguments.js';
import type { Command, CommandRunner, LoadableCommands } from '../command.js';
import { candidates } from '../completion/candidates.js';
import { CODE_OF_SIGNAL, ExitCode, SIGNALS, type Signal } from '../exit-code.js';
import { endLine } from '../output.js';
import { checkPositionals, parse } from '../parse.js';
import { readStdin } from '../read-input.js';
import { linesOf } from '../read-lines.js';
import { type SharedSession, sharedSession } from '../shared-session.js';
import { printDiagnostic, stderrLogger } from '../stderr.js';
import { UsageError } from '../usage-error.js';
import { visible } from '../visible.js';
import { announceDefault, connectIn } from '../with-client.js';
import { splitWords } from './split-words.js';

const HELP = `Usage: zk-recipes shell [options]

Runs commands that it reads from the terminal, or one per line from stdin, all in one
session: words are those of zk-recipes without its name, such as get /config, with quotes
and backslashes as in a shell. Ephemeral znodes live until it ends, or until its session is
lost, which a line on stderr reports. On a terminal it has a history and completes commands,
options and paths; Ctrl-C ends a command, and Ctrl-D, exit or quit the shell. Commands that
read from stdin are not for it, nor are pipes. Its exit code is that of the last command.

${SERVER_HELP}`;

const ENDS: readonly string[] = ['exit', 'quit'];

/** A prompt for these commands. */
export function shellCommand(commands: LoadableCommands, runCommand: CommandRunner): Command {
  const run = async (args: readonly string[]): Promise<number> => {
    const { values, positionals } = parse(args, SERVER_OPTIONS);
    checkPositionals(positionals, []);
    if (sharedSession.getStore()) throw new UsageError('this is the shell already');
    const servers = await toServerArguments(values);
    announceDefault(servers);
    const client = new ZooKeeperClient(servers.connect, { logger: stderrLogger, ...servers.options });
    client.on('state', (state) => {
      if (state === 'lost')
        printDiagnostic('the session was lost, and its ephemeral znodes with it; a new one follows');
    });
    const abort = new AbortController();
    const end = (signal: Signal): void => abort.abort(CODE_OF_SIGNAL[signal]);
    // On a terminal, Ctrl-C ends the command alone.
    const signals = process.stdin.isTTY ? SIGNALS.filter((name) => name !== 'SIGINT') : SIGNALS;
    for (const each of signals) process.on(each, end);
    try {
      await connectIn(client, servers, abort.signal);
      return await new Shell({ connect: servers.connect, client }, commands, runCommand).run(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      return abort.signal.reason;
    } finally {
      for (const each of signals) process.off(each, end);
      await client.close();
    }
  };
  return { help: HELP, options: SERVER_OPTIONS, takesPaths: false, run };
}

class Shell {
  readonly #session: SharedSession;
  readonly #commands: LoadableCommands;
  readonly #runCommand: CommandRunner;
  #history: string[] = [];
  /** Lines that came with the one before, as by a paste, and the begin of one. */
  #pasted: string[] = [];
  #begun = '';
  #exitCode: number = ExitCode.done;

  constructor(session: SharedSession, commands: LoadableCommands, runCommand: CommandRunner) {
    this.#session = session;
    this.#commands = commands;
    this.#runCommand = runCommand;
  }

  async run(signal: AbortSignal): Promise<number> {
    for await (const line of process.stdin.isTTY ? this.#asked(signal) : this.#given(signal)) {
      if (ENDS.includes(line.trim())) break;
      if (line.trim() !== '') await this.#do(line);
      if (signal.aborted) break;
    }
    return signal.aborted ? signal.reason : this.#exitCode;
  }

  /** Lines from a terminal. A command that runs has the terminal for itself. */
  async *#asked(signal: AbortSignal): AsyncGenerator<string> {
    for (;;) {
      const line = await this.#ask(signal);
      if (line === null) return;
      yield line;
    }
  }

  /** Resolves with `null` at the end of the input. */
  async #ask(signal: AbortSignal): Promise<string | null> {
    const { stdin: input, stdout: output } = process;
    const completer = (line: string) => this.#complete(line);
    const words = `${this.#session.connect}> `;
    endLine();
    const pasted = this.#pasted.shift();
    if (pasted !== undefined) {
      output.write(visible(`${words}${pasted}\n`));
      return pasted;
    }
    const options = { input, output, history: this.#history, completer, terminal: true, prompt: words, signal };
    const prompt = createInterface(options);
    prompt.on('history', (history) => {
      this.#history = [...history];
    });
    return new Promise((resolve) => {
      prompt.once('close', () => {
        resolve(this.#pasted.shift() ?? null);
      });
      prompt.on('line', (line) => {
        this.#pasted.push(line);
        // After the other lines that have come with it.
        queueMicrotask(() => {
          this.#begun = prompt.line;
          prompt.close();
        });
      });
      prompt.on('SIGINT', () => {
        this.#pasted = [''];
        this.#begun = '';
        output.write('\n');
        prompt.close();
      });
      prompt.prompt();
      prompt.write(this.#begun);
      this.#begun = '';
    });
  }

  async *#given(signal: AbortSignal): AsyncGenerator<string> {
    for await (const line of linesOf(readStdin(signal))) yield String(line);
  }

  async #do(line: string): Promise<void> {
    try {
      const words = splitWords(line);
      this.#exitCode = await sharedSession.run(this.#session, () => this.#runCommand(words));
      if (this.#exitCode === ExitCode.interrupted) this.#pasted = [];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      printDiagnostic(error.message);
      this.#exitCode = ExitCode.misused;
    }
  }

  async #complete(line: string): Promise<[string[], string]> {
    const words = line.split(/\s+/);
    // Readline would print the stack, as of a path that does not exist.
    const found = await sharedSession.run(this.#session, () => candidates(words, this.#commands)).catch(() => []);
    return [found.length === 1 && !found[0]?.startsWith('/') ? [`${found[0]} `] : found, words.at(-1) ?? ''];
  }
}
