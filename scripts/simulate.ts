/**
 * Plays the client and the recipes against a simulated ensemble, on a virtual clock and with one source of chance:
 *
 *     npm run simulate -- --steps 10000000 --seed 1    many scenarios
 *     npm run simulate -- --scenario 123456789         one of them again, recorded line by line
 *
 * Exits non-zero with the scenario's seed and its story when the delivery contract was broken.
 */
import { parseArgs } from 'node:util';
import { type Played, play, simulate } from '../spec/attacks/simulation/simulate.js';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    lines: { type: 'string', default: '200' },
  },
});

function report(played: Played, lines: number): void {
  const { story, violation, seed } = played;
  if (story.length > lines) console.log(`... (${story.length - lines} lines before; --lines shows more)`);
  console.log(story.slice(-lines).join('\n'));
  console.log(`\nscenario ${seed}: ${violation ? violation.message : 'no violation'}`);
  if (violation) console.log(`again: npm run simulate -- --scenario ${seed}`);
}

if (values.scenario !== undefined) {
  const played = await play(Number(values.scenario), true);
  report(played, Number(values.lines));
  process.exitCode = played.violation ? 1 : 0;
} else {
  const began = performance.now();
  const { tally, failed } = await simulate(Number(values.seed), Number(values.steps));
  const seconds = (performance.now() - began) / 1_000;
  if (failed) report(failed, Number(values.lines));
  const { steps, scenarios, virtualMs, faults, changes, watches, calls, reads, sessionsLost, slowestDelivery } = tally;
  console.log(
    [
      `seed ${values.seed}: ${steps} steps in ${scenarios} scenarios, ${(virtualMs / 3_600_000).toFixed(1)} virtual hours`,
      `${seconds.toFixed(1)} s, ${Math.round(steps / seconds)} steps a second`,
      `${faults} faults, ${sessionsLost} sessions lost, ${changes} changes, ${reads} reads`,
      `${watches} watches, ${calls} calls; slowest delivery in calm ${slowestDelivery.toFixed(0)} ms`,
      `${failed ? 1 : 0} violations`,
    ].join('\n'),
  );
  process.exitCode = failed ? 1 : 0;
}
