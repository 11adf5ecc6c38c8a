/** A share of the cases in a process of its own with a small heap, which reports each case before and after it. */
import { type ChildProcess, fork } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { atExit } from '../../../testing/at-exit.js';
import { type FuzzResult, playCase } from './fuzz-case.js';

/** The cases `from`, `from + step`, … below `to`. */
export interface Share {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** The heap of the process, in MB: a reply must not make it grow beyond. Default 256. */
  readonly heap?: number;
}

/** What a run of cases has shown. */
export type Report = Pick<FuzzResult, 'hits' | 'lies' | 'violations' | 'wasConnected' | 'virtualMs'> & {
  readonly nth: number;
  readonly lines: number;
};

const HEAP = 256;
/** A case that takes longer, in ms, hangs: it takes some ten. */
const HANGING = 60_000;
/** Characters. */
const MOST_ERRORS = 2_000;
const CHILD = '--fuzz-process';

/** How a process ended. */
export interface ShareEnd {
  /** The case that killed the process; `null` when it has played its whole share. */
  readonly died: number | null;
  /** The end of what it wrote to its standard error. */
  readonly errors: string;
}

/** Plays a share, and reports each case. */
export async function playShare(share: Share, report: (result: Report) => void): Promise<ShareEnd> {
  const { seed, from, to, step, heap = HEAP } = share;
  const execArgv = ['--import', 'tsx', `--max-old-space-size=${heap}`];
  const args = [CHILD, ...[seed, from, to, step].map(String)];
  const child = fork(import.meta.filename, args, { execArgv, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.on('data', (chunk) => {
    errors = (errors + String(chunk)).slice(-MOST_ERRORS);
  });
  const forget = atExit(() => child.kill('SIGKILL'));
  let current = from;
  let isDone = false;
  let timer = watch(child);
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    clearTimeout(timer);
    timer = watch(child);
    if (line.startsWith('at ')) current = Number(line.slice(3));
    else if (line === 'done') isDone = true;
    else report(JSON.parse(line) as Report);
  }
  clearTimeout(timer);
  forget();
  return { died: isDone ? null : current, errors };
}

function watch(child: ChildProcess): NodeJS.Timeout {
  return setTimeout(() => child.kill('SIGKILL'), HANGING);
}

async function play([seed = 0, from = 0, to = 0, step = 1]: readonly number[]): Promise<void> {
  // At once: a process that is killed by its heap flushes nothing.
  const say = (line: string) => void writeSync(1, `${line}\n`);
  for (let nth = from; nth < to; nth += step) {
    say(`at ${nth}`);
    const { hits, lies, violations, wasConnected, virtualMs, lines } = await playCase(seed, nth);
    say(JSON.stringify({ nth, hits, lies, violations, wasConnected, virtualMs, lines: lines.length }));
  }
  say('done');
  process.exit();
}

if (process.argv.includes(CHILD)) await play(process.argv.slice(-4).map(Number));
