import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { atExit } from '../../../testing/at-exit.js';
import type { CommandEnd } from '../../../testing/command.js';
import { Recorder } from '../../../testing/recorder.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Inside the project, so that its dependencies are resolved. */
const CACHE = join(ROOT, 'node_modules', '.cache');

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The content of stdin. */
  readonly input?: Buffer | string;
  /** The descriptor that is stdin, in place of a pipe. */
  readonly stdin?: number;
  /** Whether stdin stays open after that. Default `false`. */
  readonly isInputOpen?: boolean;
  /** Whether stdout is read from the beginning. Default `true`. */
  readonly isRead?: boolean;
  /** The source of a JavaScript module that runs before the command in the same process. */
  readonly before?: string;
}

/** A process that runs `zk-recipes`, with its input and the exact bytes of its output. */
export class CliProcess implements AsyncDisposable {
  /** The lines of stdout. */
  readonly lines = new Recorder<string>();
  /** The lines of stderr. */
  readonly errors = new Recorder<string>();
  /** Resolves when the process has ended and all its output has been read. */
  readonly ended: Promise<CommandEnd>;
  readonly #chunks: Buffer[] = [];
  readonly #child: ChildProcessByStdio<Writable | null, Readable, Readable>;

  private constructor(args: readonly string[], options: CliOptions) {
    const { env = {}, input = '', isInputOpen = false, isRead = true } = options;
    const { NO_COLOR, FORCE_COLOR, ZK_RECIPES_CONNECT, ...inherited } = process.env;
    const stdio = [options.stdin ?? 'pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'];
    this.#child = spawn(process.execPath, args, { cwd: ROOT, env: { ...inherited, ...env }, stdio });
    const { stdin, stdout, stderr } = this.#child;
    stdin?.on('error', () => {});
    if (isInputOpen) stdin?.write(input);
    else stdin?.end(input);
    if (isRead) this.read();
    createInterface({ input: stderr }).on('line', this.errors.record);
    const forget = atExit(() => this.kill('SIGKILL'));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once(isRead ? 'close' : 'exit', (code, signal) => {
        forget();
        stdout.destroy();
        resolve({ code, signal });
      });
    });
  }

  static async run(args: readonly string[], options: CliOptions = {}): Promise<CliProcess> {
    const before = options.before && ['--import', `data:text/javascript,${encodeURIComponent(options.before)}`];
    return new CliProcess([...(before || []), await bundled(), ...args], options);
  }

  /** All of stdout so far. */
  get output(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** The lines of stdout, each parsed as JSON. */
  get objects(): Record<string, unknown>[] {
    return this.lines.items.map((line) => JSON.parse(line));
  }

  /** The states printed so far, without their times. */
  get states(): string[] {
    return this.errors.items.flatMap((line) => /^zk-recipes: \S+Z (\w+)$/.exec(line)?.[1] ?? []);
  }

  /** Begins to read stdout. */
  read(): void {
    this.#child.stdout.on('data', (chunk) => this.#chunks.push(chunk));
    createInterface({ input: this.#child.stdout }).on('line', this.lines.record);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes the reading end of stdout. */
  closeOutput(): void {
    this.#child.stdout.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL');
    await this.ended;
  }
}

let bundle: Promise<string> | undefined;

function bundled(): Promise<string> {
  bundle ??= compile();
  return bundle;
}

async function compile(): Promise<string> {
  mkdirSync(CACHE, { recursive: true });
  const outDir = mkdtempSync(join(CACHE, 'spec-cli-'));
  atExit(() => rmSync(outDir, { recursive: true, force: true }));
  const output = { entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' };
  await build({
    configFile: false,
    logLevel: 'error',
    build: { ssr: 'lib/cli/main.ts', outDir, target: 'node20', rollupOptions: { output } },
  });
  return join(outDir, 'main.mjs');
}
