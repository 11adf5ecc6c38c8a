/**
 * Plays the client and the recipes against a simulated ensemble, on a virtual clock and with one source of chance.
 * Exits non-zero with the scenario's seed and its story when the delivery contract was broken.
 */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Tally } from '../spec/attacks/simulation/rig.js';
import { runSeed, runSeeds, type SeedRun } from '../spec/attacks/simulation/seed-runs.js';
import { play } from '../spec/attacks/simulation/simulate.js';

const USAGE = `Usage: npm run simulate -- [--seed S] [--steps N]                many scenarios, from one seed
       npm run simulate -- --seeds K [--steps N] [--jobs J]     K seeds drawn by chance, N steps of each
       npm run simulate -- --scenario S                         one scenario again, recorded line by line

  --seed      of a run (default 1)
  --steps     of each seed (default 1000000); the last scenario is played to its end
  --seeds     how many seeds are drawn; each is printed, and repeats its run with --seed and --steps
  --jobs      how many processes run at once (default: one for each processor)
  --scenario  the seed of a scenario, as printed with its violation
  --lines     how many lines of a story are printed (default 200)`;

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number from ${least} on`);
  return value;
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        steps: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        scenario: { type: 'string' },
        lines: { type: 'string', default: '200' },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      steps: whole('steps', values.steps, 1),
      seed: whole('seed', values.seed, 0),
      seeds: values.seeds === undefined ? undefined : whole('seeds', values.seeds, 1),
      jobs: whole('jobs', values.jobs, 1),
      scenario: values.scenario === undefined ? undefined : whole('scenario', values.scenario, 0),
      lines: whole('lines', values.lines, 1),
      help: values.help,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const number = (value: number): string => Math.round(value).toLocaleString('en-US');

function printStory({ story, message, seed }: NonNullable<SeedRun['failed']>, lines: number): void {
  if (story.length > lines) console.log(`... (${story.length - lines} lines before; --lines shows more)`);
  console.log(story.slice(-lines).join('\n'));
  console.log(`\nscenario ${seed}: ${message}`);
}

function printRun({ seed, tally, seconds, failed }: SeedRun, lines: number): void {
  if (failed) {
    printStory(failed, lines);
    console.log(`again: npm run simulate -- --scenario ${failed.seed}`);
  }
  const { steps, scenarios, faults } = tally;
  console.log(
    `seed ${seed}: ${number(steps)} steps in ${number(scenarios)} scenarios, ${number(faults)} faults, ` +
      `${seconds.toFixed(1)} s, ${number(steps / seconds)} steps a second, ${failed ? 1 : 0} violations`,
  );
}

function printSum(tally: Tally, seeds: number, seconds: number, violations: number): void {
  const kinds = Object.entries(tally.faultsByKind).sort(([one], [other]) => one.localeCompare(other));
  console.log(
    [
      `sum: ${number(tally.steps)} steps over ${seeds} seeds in ${number(tally.scenarios)} scenarios, ` +
        `${(tally.virtualMs / 3_600_000).toFixed(1)} virtual hours, ${seconds.toFixed(1)} s`,
      `${number(tally.faults)} faults: ${kinds.map(([kind, count]) => `${kind} ${number(count)}`).join(', ')}`,
      `${number(tally.sessionsLost)} sessions lost, ${number(tally.changes)} changes, ${number(tally.reads)} reads`,
      `${number(tally.watches)} watches, ${number(tally.calls)} calls; ` +
        `slowest delivery in calm ${tally.slowestDelivery.toFixed(0)} ms`,
      `${violations} violations`,
    ].join('\n'),
  );
}

/** Distinct, and drawn at the run: nobody has tried them before. */
function drawSeeds(count: number): number[] {
  const seeds = new Set<number>();
  while (seeds.size < count) seeds.add(randomInt(2 ** 31));
  return [...seeds];
}

const { steps, seed, seeds, jobs, scenario, lines, help } = options();
if (help) {
  console.log(USAGE);
} else if (scenario !== undefined) {
  const { story, violation } = await play(scenario, true);
  printStory({ seed: scenario, story, message: violation?.message ?? 'no violation' }, lines);
  process.exitCode = violation ? 1 : 0;
} else {
  const began = performance.now();
  const runs: SeedRun[] = [];
  const report = (run: SeedRun): void => {
    runs.push(run);
    printRun(run, lines);
  };
  let total: Tally;
  if (seeds === undefined) {
    const run = await runSeed(seed, steps);
    report(run);
    total = run.tally;
  } else {
    const drawn = drawSeeds(seeds);
    console.log(`seeds ${drawn.join(', ')}: ${number(steps)} steps of each`);
    total = await runSeeds({ seeds: drawn, steps, jobs: Math.min(jobs, seeds), report });
  }
  const violations = runs.filter(({ failed }) => failed !== null).length;
  printSum(total, runs.length, (performance.now() - began) / 1_000, violations);
  process.exitCode = violations > 0 ? 1 : 0;
}
