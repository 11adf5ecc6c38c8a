import { createInterface } from 'node:readline/promises';
import { ZooKeeperClient } from '../../../index.js';
import { SERVER_HELP, SERVER_OPTIONS, toServerArguments } from '../arguments.js';
import type { Command, CommandRunner, LoadableCommands } from '../command.js';
import { candidates } from '../completion/candidates.js';
import { ExitCode } from '../exit-code.js';
import { checkPositionals, parse } from '../parse.js';
import { type SharedSession, sharedSession } from '../shared-session.js';
import { printDiagnostic, stderrLogger } from '../stderr.js';
import { UsageError } from '../usage-error.js';
import { announceDefault, connectIn } from '../with-client.js';
import { splitWords } from './split-words.js';

const HELP = `Usage: zk-recipes shell [options]

Runs commands that it reads from the terminal, or one per line from stdin, all in one
session: words are those of zk-recipes without its name, such as get /config, with quotes
and backslashes as in a shell. Ephemeral znodes live until it ends. On a terminal it has a
history and completes commands, options and paths; Ctrl-C ends a command, and Ctrl-D, exit
or quit the shell. Commands that read from stdin are not for it, nor are pipes. Its exit
code is that of the last command.

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
    const abort = new AbortController();
    const terminate = (): void => abort.abort();
    process.on('SIGTERM', terminate);
    try {
      await connectIn(client, servers, abort.signal);
      return await new Shell({ connect: servers.connect, client }, commands, runCommand).run(abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      return ExitCode.terminated;
    } finally {
      process.off('SIGTERM', terminate);
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
    return signal.aborted ? ExitCode.terminated : this.#exitCode;
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
    const prompt = createInterface({ input, output, history: this.#history, completer, terminal: true });
    prompt.on('history', (history) => {
      this.#history = [...history];
    });
    return new Promise((resolve, reject) => {
      prompt.once('close', () => resolve(null));
      prompt.on('SIGINT', () => {
        resolve('');
        output.write('\n');
        prompt.close();
      });
      prompt
        .question(`${this.#session.connect}> `, { signal })
        .then(resolve, reject)
        .finally(() => prompt.close());
    });
  }

  async *#given(signal: AbortSignal): AsyncGenerator<string> {
    yield* createInterface({ input: process.stdin, signal });
  }

  async #do(line: string): Promise<void> {
    try {
      const words = splitWords(line);
      this.#exitCode = await sharedSession.run(this.#session, () => this.#runCommand(words));
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
