import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { atExit } from '../testing/at-exit.js';
import type {
  Answer,
  Arming,
  ChildrenCounts,
  Command,
  Counts,
  Greeting,
  Resting,
  Session,
  Settling,
  Timing,
  TreeLoading,
} from './contender-protocol.js';
import type { ZnodeTree } from './tree-znodes.js';

/** Far longer than any answer takes. */
const PATIENCE_MS = 900_000;

/** A contender did not finish a measurement, so its figures are missing. */
export class MissingFiguresError extends Error {}

/** A watching client in a process of its own, which ends with this process. */
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
    // A command to an ended process fails later, when its answer is read.
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => this.#errors.push(error.message));
    const forget = atExit(() => this.#child.kill('SIGKILL'));
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve)).then(forget);
  }

  /** Resolves when the contender is connected. */
  static async start(command: readonly string[], connectString: string): Promise<Contender> {
    const contender = new Contender([...command, connectString]);
    try {
      const { versions = {} } = await contender.#next<Greeting>();
      contender.versions = versions;
      return contender;
    } catch (error) {
      await contender[Symbol.asyncDispose]();
      throw error;
    }
  }

  async arm(paths: readonly string[], watchesPerNode = 1): Promise<Arming> {
    return this.#ask({ do: 'arm', paths, watchesPerNode });
  }

  /**
   * Makes the changes when the contender has begun to count calls. The last change of every nth znode has the number.
   *
   * @throws MissingFiguresError when a call is missing after the limit
   */
  async follow(
    sequence: number,
    change: () => Promise<unknown>,
    { everyNth = 1, measuresBlocks = false, limitMs = PATIENCE_MS } = {},
  ): Promise<Counts> {
    await this.#ask({ do: 'follow', sequence, everyNth, measuresBlocks });
    return this.#nextDuring(change, limitMs);
  }

  /** Lets the contender do nothing for that long. */
  async rest(ms: number): Promise<Resting> {
    return this.#ask({ do: 'rest', ms });
  }

  async session(): Promise<Session> {
    return this.#ask({ do: 'report session' });
  }

  /** Resolves when the watch has made its first call. */
  async watchChildren(path: string): Promise<void> {
    await this.#ask({ do: 'watch children', path });
  }

  /**
   * Makes the changes when the contender has begun to count calls. The last change creates the child.
   *
   * @throws MissingFiguresError when no list had that child before the limit
   */
  async followChildren(lastChild: string, change: () => Promise<unknown>, limitMs: number): Promise<ChildrenCounts> {
    await this.#ask({ do: 'follow children', lastChild });
    return this.#nextDuring(change, limitMs);
  }

  /** Makes the changes while the contender waits until the children have not changed for that long. */
  async settle(path: string, boundaryMs: number, change: () => Promise<unknown>): Promise<Settling> {
    await this.#ask({ do: 'settle', path, boundaryMs });
    return this.#nextDuring(change);
  }

  /** Resolves when the tree is complete. The changes of the leaves can then be followed like those of armed znodes. */
  async watchTree({ root, leaves }: ZnodeTree, limitMs: number): Promise<TreeLoading> {
    return this.#ask({ do: 'watch tree', root, leaves: leaves.length }, limitMs);
  }

  /** Makes the changes when the contender has begun to time calls. The last change of all has the number. */
  async timeChanges(sequence: number, change: () => Promise<unknown>): Promise<Timing> {
    await this.#ask({ do: 'time changes', sequence });
    return this.#nextDuring(change);
  }

  #ask<A extends Answer>(command: Command, limitMs = PATIENCE_MS): Promise<A> {
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#next(limitMs);
  }

  /** Also waits for the changes to end, so that they do not disturb the next contender. */
  async #nextDuring<A extends Answer>(change: () => Promise<unknown>, limitMs = PATIENCE_MS): Promise<A> {
    const changed = change();
    const [answer] = await Promise.all([this.#next<A>(limitMs), changed]).finally(() => changed.catch(() => {}));
    return answer;
  }

  async #next<A extends Answer>(limitMs = PATIENCE_MS): Promise<A> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#child.kill('SIGKILL');
    }, limitMs);
    try {
      const { value, done } = await this.#answers.next();
      if (!done) return JSON.parse(value);
    } finally {
      clearTimeout(timer);
    }
    await this.#closed;
    if (isLate) throw new MissingFiguresError(`not done within ${limitMs / 1e3} s`);
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    console.error(`${this.#child.spawnargs.join(' ')}:\n${this.#errors.join('')}`);
    throw new MissingFiguresError(`its process ended with ${how}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
