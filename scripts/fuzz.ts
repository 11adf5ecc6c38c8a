/**
 * Mutates the replies of a server, and holds the client and its watches to the oracle:
 *
 *     npm run fuzz -- --mutations 20000 --seed 1    many cases, in processes with a small heap
 *     npm run fuzz -- --seed 1 --case 4711          one of them again, recorded line by line
 *
 * Exits non-zero with the failed cases, and the command that plays each again.
 */
import { parseArgs } from 'node:util';
import { printEntry } from '../spec/attacks/fuzz/catalogue.js';
import { fuzz } from '../spec/attacks/fuzz/fuzz.js';
import { playCase } from '../spec/attacks/fuzz/fuzz-case.js';

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    case: { type: 'string' },
    lines: { type: 'string', default: '400' },
    processes: { type: 'string', default: '2' },
  },
});
const seed = Number(values.seed);

if (values.case !== undefined) {
  const { story, violations, strikes, ...played } = await playCase(seed, Number(values.case), { isRecorded: true });
  console.log(story.slice(-Number(values.lines)).join('\n'));
  for (const { entry, skip, times } of strikes) {
    console.log(
      `\n${printEntry(entry)}, after ${skip} of its kind, ${times} times, on the stage of seed ${played.seed}`,
    );
  }
  console.log(`case ${values.case} of seed ${seed}: ${violations.length} violations`);
  for (const violation of violations) console.log(`  ${violation}`);
  process.exitCode = violations.length > 0 ? 1 : 0;
} else {
  const began = performance.now();
  const tally = await fuzz(seed, Number(values.from), Number(values.mutations), Number(values.processes));
  const { cases, struck, frames, virtualMs, disconnected, mostLines, lies, unstruck, failures } = tally;
  for (const failure of failures) console.log(`${failure}\n`);
  console.log(
    [
      `seed ${seed}: ${cases} cases from ${values.from} on, ${struck} with a mutation, ${frames} frames mutated`,
      `${((performance.now() - began) / 1_000).toFixed(0)} s, ${(virtualMs / 3_600_000).toFixed(1)} virtual hours`,
      `not connected after 3 T: ${disconnected}; lines of the log in one case: at most ${mostLines}`,
      `exempt: ${lies.reply} believed replies, ${lies.refusal} believed errors, ${lies.event} lost events`,
      `mutations that never struck: ${unstruck.size}${unstruck.size <= 50 ? ` (${[...unstruck].join('; ')})` : ''}`,
      `${failures.length} failed cases`,
    ].join('\n'),
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}
