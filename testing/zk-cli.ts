import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { inject } from 'vitest';
import { atExit } from './at-exit.js';
import { Recorder } from './recorder.js';
import { scaled } from './time-factor.js';

/** A command that needs no server and prints one known line: it marks the end of the output of the one before it. */
const MARK = { command: 'printwatches', output: 'printwatches is on' };

/** ZooKeeper's own command line client, in an interactive run. */
export class ZkCli implements AsyncDisposable {
  /** The events of its watches, as "NodeCreated /path". */
  readonly watched = new Recorder<string>();
  /** How its connection is, as "SyncConnected". */
  readonly states = new Recorder<string>();
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #output = new Recorder<string>();
  readonly #exited: Promise<unknown[]>;
  readonly #forget: () => void;
  #command = '';

  private constructor(script: string, args: readonly string[]) {
    // Some commands answer on stdout and some on stderr: in one stream the answers are in order.
    this.#child = spawn('sh', ['-c', 'exec "$0" "$@" 2>&1', script, ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#exited = once(this.#child, 'close');
    this.#forget = atExit(() => this.#child.kill('SIGKILL'));
    // The process may have ended before the command.
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
  }

  /** Resolves once it is connected. The session timeout is as the script has it: 30,000 ms. */
  static async start(connectString: string, { sessionTimeout = 30_000 } = {}): Promise<ZkCli> {
    const script = inject('peers').zkCli;
    if (script === null) {
      throw new Error("This needs ZooKeeper's own zkCli.sh: run `apt-get install zookeeper`, or set ZOOKEEPER_HOME.");
    }
    const cli = new ZkCli(script, ['-server', connectString, '-timeout', String(sessionTimeout)]);
    await cli.states.until((states) => states.includes('SyncConnected'), { within: 20_000 });
    await cli.run('');
    return cli;
  }

  /** Runs one command, and gives the lines that it printed. */
  async run(command: string): Promise<readonly string[]> {
    this.#output.clear();
    this.#command = command;
    this.#child.stdin.write(`${command}\n${MARK.command}\n`);
    const describe = `the end of "${command}"`;
    const lines = await this.#output.until((output) => output.at(-1)?.endsWith(MARK.output) ?? false, { describe });
    // Some messages have no line break.
    const rest = lines.at(-1)?.slice(0, -MARK.output.length);
    return [...lines.slice(0, -1), ...(rest ? [rest] : [])];
  }

  /** Runs the command that ends it, and gives its exit code; null when it had to be killed. */
  async end(command: string): Promise<number | null> {
    this.#child.stdin.write(`${command}\n`);
    return this.#ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended();
  }

  async #ended(): Promise<number | null> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), scaled(10_000));
    const [code] = await this.#exited;
    clearTimeout(timer);
    this.#forget();
    return code as number | null;
  }

  /** An event that comes while it waits leaves the echo of the next command without a prompt. */
  #isNoise(line: string): boolean {
    return ['', 'WATCHER::', this.#command, MARK.command].includes(line) || line.startsWith('SLF4J:');
  }

  #take(text: string): void {
    // With JLine it prompts, and echoes the command.
    const line = text.replace(/\[zk: \S+\(\w+\) \d+\] .*$/, '');
    const [, state = '', type, path] = /^WatchedEvent state:(\w+) type:(\w+) path:(\S+)/.exec(line) ?? [];
    if (type === 'None') this.states.record(state);
    else if (type) this.watched.record(`${type} ${path}`);
    else if (!this.#isNoise(line)) this.#output.record(line);
  }
}
