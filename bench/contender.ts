import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atExit } from '../spec/support/at-exit.js';

/** What a contender is told to do. */
export type Command =
  | {
      /** Watches each of these znodes, with so many watches. */
      readonly do: 'arm';
      readonly paths: readonly string[];
      readonly watchesPerNode: number;
    }
  | {
      /** Says that it is ready, and later what it cost until every nth znode's watches were called with this number. */
      readonly do: 'follow';
      readonly sequence: number;
      readonly everyNth: number;
      readonly measuresBlocks: boolean;
    };

/** What calls cost that a contender waited for. */
export interface Counts {
  /** When the last one came: ms of the machine's monotonic clock, which all processes share. */
  readonly endedAt: number;
  readonly calls: number;
  /** Processor time of the whole process. */
  readonly cpuMs: number;
  /** The longest time for which the event loop stood still; null when it was not measured, or there is none. */
  readonly longestBlockMs: number | null;
}

/** What arming cost. */
export interface Arming extends Counts {
  readonly tookMs: number;
  /** More than before, after a garbage collection; null when it cannot be known. */
  readonly heapBytes: number | null;
  readonly residentBytes: number;
}

/** One line of a contender's output. */
export type Answer = { readonly ready: true; readonly versions?: Readonly<Record<string, string>> } | Counts | Arming;

/** Far above what any answer takes. */
const PATIENCE_MS = 900_000;

/** The monotonic clock, in ms. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A client that watches, in a process of its own; ended with this one. */
export class Contender implements AsyncDisposable {
  versions: Readonly<Record<string, string>> = {};
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #errors: string[] = [];
  readonly #closed: Promise<unknown>;

  private constructor(command: readonly string[]) {
    const [file = '', ...args] = command;
    this.#child = spawn(file, args, { stdio: 'pipe' });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.on('data', (chunk) => this.#errors.push(String(chunk)));
    // What is written to a process that ended is missed when its answer is read.
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => this.#errors.push(error.message));
    const forget = atExit(() => this.#child.kill('SIGKILL'));
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve)).then(forget);
  }

  /** Resolves once it is connected. */
  static async start(command: readonly string[], connectString: string): Promise<Contender> {
    const contender = new Contender([...command, connectString]);
    try {
      const { versions = {} } = (await contender.#next()) as { versions?: Readonly<Record<string, string>> };
      contender.versions = versions;
      return contender;
    } catch (error) {
      await contender[Symbol.asyncDispose]();
      throw error;
    }
  }

  async arm(paths: readonly string[], watchesPerNode = 1): Promise<Arming> {
    this.#send({ do: 'arm', paths, watchesPerNode });
    return (await this.#next()) as Arming;
  }

  /** Makes the changes, of which the last of every nth znode has the number, once it counts their calls. */
  async follow(
    sequence: number,
    change: () => Promise<unknown>,
    { everyNth = 1, measuresBlocks = false } = {},
  ): Promise<Counts> {
    this.#send({ do: 'follow', sequence, everyNth, measuresBlocks });
    await this.#next();
    const [counts] = await Promise.all([this.#next(), change()]);
    return counts as Counts;
  }

  #send(command: Command): void {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async #next(): Promise<Answer> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS);
    try {
      const { value, done } = await this.#answers.next();
      if (!done) return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
    await this.#closed;
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    throw new Error(`${this.#child.spawnargs.join(' ')} ended with ${how}:\n${this.#errors.join('')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
