import { CATALOGUE, entryOf, printEntry } from './catalogue.js';
import { playShare, type Report } from './fuzz-process.js';
import type { Lie } from './lies.js';

/** What a run of cases has shown. */
export class FuzzTally {
  cases = 0;
  /** Cases whose frame came, and was mutated. */
  struck = 0;
  frames = 0;
  virtualMs = 0;
  /** Cases in which the client was not connected when everything had to be right. */
  disconnected = 0;
  mostLines = 0;
  readonly lies: Record<Lie, number> = { reply: 0, event: 0, refusal: 0 };
  /** The entries of the catalogue that no case has struck with. */
  readonly unstruck = new Set(CATALOGUE.map(printEntry));
  /** One text for each failed case. */
  readonly failures: string[] = [];

  add(report: Report): void {
    this.cases += 1;
    if (report.hits > 0) this.struck += 1;
    if (report.hits > 0) this.unstruck.delete(printEntry(entryOf(report.nth)));
    this.frames += report.hits;
    this.virtualMs += report.virtualMs;
    if (!report.wasConnected) this.disconnected += 1;
    this.mostLines = Math.max(this.mostLines, report.lines);
    for (const lie of report.lies) this.lies[lie] += 1;
  }
}

/** Plays the cases from `from` on, in several processes. */
export async function fuzz(seed: number, from: number, count: number, processes = 2): Promise<FuzzTally> {
  const tally = new FuzzTally();
  const to = from + count;
  const playAll = async (first: number): Promise<void> => {
    for (let next = first; next < to; ) {
      const { died, errors } = await playShare({ seed, from: next, to, step: processes }, (report) => {
        tally.add(report);
        if (report.violations.length > 0) tally.failures.push(describe(seed, report));
      });
      if (died === null) return;
      tally.failures.push(describe(seed, { nth: died, violations: [`its process died or hung: ${errors}`] }));
      next = died + processes;
    }
  };
  await Promise.all(Array.from({ length: processes }, (_, index) => playAll(from + index)));
  return tally;
}

function describe(seed: number, { nth, violations }: Pick<Report, 'nth' | 'violations'>): string {
  return [
    `case ${nth} (${printEntry(entryOf(nth))}):`,
    ...violations.map((violation) => `  ${violation}`),
    `  again: npm run fuzz -- --seed ${seed} --case ${nth}`,
  ].join('\n');
}
