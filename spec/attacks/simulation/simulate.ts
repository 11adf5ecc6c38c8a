import type { Rule } from '../../oracle/rules.js';
import type { Defect } from './leader.js';
import { type ContractViolation, Rig, Tally } from './rig.js';
import { Scenario } from './scenario.js';
import { scenarioSeed } from './scenario-seed.js';

const realSetImmediate = setImmediate;
/** How many steps are scheduled at once: every microtask runs between two immediates. */
const BATCH = 64;
/** A scenario that takes more steps does not end. */
const MOST_STEPS = 1_000_000;

/** How one scenario ended. */
export interface Played {
  readonly seed: number;
  readonly tally: Tally;
  /** The first one. */
  readonly violation: ContractViolation | null;
  readonly brokenRules: ReadonlySet<Rule>;
  /** The events line by line; empty when the play is not recorded. */
  readonly story: readonly string[];
}

/** Plays one scenario. The same seed always gives the same events. */
export async function play(seed: number, isRecorded = false, defect: Defect = 'none'): Promise<Played> {
  const rig = new Rig(seed, isRecorded, defect);
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

/** Plays scenarios until so many steps are taken or one breaks the contract: that one is played again and recorded. */
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
