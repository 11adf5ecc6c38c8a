import type { Rule } from '../../oracle/rules.js';
import type { Defect } from './ensemble.js';
import { type ContractViolation, Rig, Tally } from './rig.js';
import { Scenario } from './scenario.js';
import { scenarioSeed } from './scenario-seed.js';

const realSetImmediate = setImmediate;
/** How many steps are asked for at once: between two immediates every microtask runs. */
const BATCH = 64;
/** A scenario that takes more turns in circles. */
const MOST_STEPS = 1_000_000;

/** How one scenario ended. */
export interface Played {
  readonly seed: number;
  readonly tally: Tally;
  /** The first one. */
  readonly violation: ContractViolation | null;
  readonly brokenRules: ReadonlySet<Rule>;
  /** Line by line what happened, where it was to be told. */
  readonly story: readonly string[];
}

/** Plays one scenario. The same seed always plays the same. */
export async function play(seed: number, isTold = false, defect: Defect = 'none'): Promise<Played> {
  const rig = new Rig(seed, isTold, defect);
  const restore = rig.clock.install();
  const onRejection = (reason: unknown) => rig.fail(`a rejection that nobody handles: ${reason}`);
  process.on('unhandledRejection', onRejection);
  try {
    const scenario = new Scenario(rig);
    await run(rig, scenario);
  } catch (error) {
    rig.fail(`it threw ${(error as Error).stack}`);
  } finally {
    process.off('unhandledRejection', onRejection);
    restore();
  }
  rig.tally.scenarios = 1;
  rig.tally.virtualMs = rig.clock.now;
  return { seed, tally: rig.tally, violation: rig.violation, brokenRules: rig.brokenRules, story: rig.story ?? [] };
}

/** Plays scenarios until so many steps are taken, or one is against the contract, which is then played again and told. */
export async function simulate(
  seed: number,
  steps: number,
  defect: Defect = 'none',
): Promise<{ tally: Tally; failed: Played | null }> {
  const tally = new Tally();
  for (let nth = 0; tally.steps < steps; nth += 1) {
    const played = await play(scenarioSeed(seed, nth), false, defect);
    tally.add(played.tally);
    if (played.violation) return { tally, failed: await play(played.seed, true, defect) };
  }
  return { tally, failed: null };
}

function run(rig: Rig, scenario: Scenario): Promise<void> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const step = () => {
      if (isDone) return;
      try {
        if (scenario.isOver || !rig.clock.step()) {
          isDone = true;
          resolve();
        }
      } catch (error) {
        isDone = true;
        reject(error);
      }
      rig.tally.steps += 1;
      if (rig.tally.steps > MOST_STEPS) rig.fail(`it does not end within ${MOST_STEPS} steps`);
      if (!isDone && rig.tally.steps % BATCH === 0) more();
    };
    const more = () => {
      for (let count = 0; count < BATCH; count += 1) realSetImmediate(step);
    };
    more();
  });
}
