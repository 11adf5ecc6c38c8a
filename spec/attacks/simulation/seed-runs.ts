/** Runs of many seeds, each in a process of its own, several at once. */
import { type ChildProcess, fork } from 'node:child_process';
import { Tally } from './rig.js';
import { type Played, simulate } from './simulate.js';

const CHILD = '--simulate-child';

/** The end of one seed's run. */
export interface SeedRun {
  readonly seed: number;
  readonly tally: Tally;
  readonly seconds: number;
  /** The scenario that broke the contract. */
  readonly failed: { readonly seed: number; readonly message: string; readonly story: readonly string[] } | null;
}

/** The seeds to run, and how. */
export interface SeedRunsOptions {
  readonly seeds: readonly number[];
  /** Of each seed. */
  readonly steps: number;
  /** How many processes run at once. */
  readonly jobs: number;
  /** Receives each run as it ends. */
  readonly report: (run: SeedRun) => void;
}

/** Runs one seed in this process. */
export async function runSeed(seed: number, steps: number): Promise<SeedRun> {
  const began = performance.now();
  const { tally, failed } = await simulate(seed, steps);
  return { seed, tally, seconds: (performance.now() - began) / 1_000, failed: failed && summary(failed) };
}

/** Runs the seeds until all are done or one breaks the contract. Returns the sum of their counts. */
export async function runSeeds({ seeds, steps, jobs, report }: SeedRunsOptions): Promise<Tally> {
  const waiting = [...seeds];
  const children = new Set<ChildProcess>();
  const total = new Tally();
  let isBroken = false;
  const stop = (): void => {
    isBroken = true;
    for (const child of children) child.kill();
  };
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined && !isBroken; seed = waiting.shift()) {
      const run = await inChild(seed, steps, children);
      if (!run && isBroken) return;
      if (!run) {
        stop();
        throw new Error(`the process of seed ${seed} has ended without a result`);
      }
      total.add(run.tally);
      report(run);
      if (run.failed) stop();
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return total;
}

/** Null when the process ends without a result. */
function inChild(seed: number, steps: number, children: Set<ChildProcess>): Promise<SeedRun | null> {
  const child = fork(import.meta.filename, [CHILD, String(seed), String(steps)], { execArgv: ['--import', 'tsx'] });
  children.add(child);
  return new Promise((resolve, reject) => {
    let run: SeedRun | null = null;
    child.on('message', (message) => {
      run = message as SeedRun;
    });
    child.on('error', reject);
    child.on('close', () => {
      children.delete(child);
      resolve(run);
    });
  });
}

function summary({ seed, violation, story }: Played): SeedRun['failed'] {
  return { seed, message: violation?.message ?? 'no violation when it is played again', story };
}

const [, , mode, seed, steps] = process.argv;
if (mode === CHILD) {
  process.send?.(await runSeed(Number(seed), Number(steps)), () => process.disconnect());
}
