import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { atExit } from './at-exit.js';
import { Recorder } from './recorder.js';
import { scaled } from './time-factor.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** How a module's process ended. */
export interface ModuleRun {
  /** The exit code; null when it had to be killed. */
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
}

/**
 * Runs a module, given as TypeScript, in a process of its own, in the project's folder. It is killed when it has not
 * ended within so many ms (scaled).
 *
 * @param onLine called with each line that it prints
 * @param launcher a command that starts it, with its own arguments
 */
export async function runModule(
  source: string,
  {
    onLine = () => {},
    within = 20_000,
    env = {},
    launcher = [],
  }: {
    onLine?: (line: string) => void;
    within?: number;
    env?: Readonly<Record<string, string>>;
    launcher?: readonly string[];
  } = {},
): Promise<ModuleRun> {
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', source];
  const [command = process.execPath, ...args] = [...launcher, ...node];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = atExit(() => child.kill('SIGKILL'));
  const timer = setTimeout(() => child.kill('SIGKILL'), scaled(within));
  const lines = new Recorder<string>();
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.record(line);
    onLine(line);
  });
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    return { code, lines: lines.items, errors: errors.join('') };
  } finally {
    clearTimeout(timer);
    forget();
  }
}
