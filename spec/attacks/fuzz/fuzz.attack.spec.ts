import { describe, expect, it } from 'vitest';
import { scaled } from '../../../testing/time-factor.js';
import { CATALOGUE, entryOf, printEntry } from './catalogue.js';
import { fuzz } from './fuzz.js';
import { playCase } from './fuzz-case.js';
import { playShare } from './fuzz-process.js';
import { FRAME_KINDS } from './reply-shapes.js';

const SEED = 20_26;
const CASES = 400;

describe('mutated replies', () => {
  it(`break no watch and no promise, in ${CASES} cases (seed ${SEED})`, { timeout: scaled(300_000) }, async () => {
    const { cases, struck, failures } = await fuzz(SEED, 0, CASES);
    expect(failures.join('\n\n')).toBe('');
    expect(cases).toBe(CASES);
    expect(struck).toBeGreaterThan(0.9 * CASES);
  });
});

describe('the fuzzer', () => {
  it('has mutations of each kind of frame, and of each by many fields', () => {
    for (const kind of FRAME_KINDS) {
      const entries = CATALOGUE.filter((entry) => entry.kind === kind);
      expect(new Set(entries.map(({ field }) => field)).size).toBeGreaterThan(3);
      expect(entries.filter(({ field }) => field === null).length).toBeGreaterThan(30);
    }
  });

  it('visits each mutation once before it repeats one', () => {
    const visited = new Set(CATALOGUE.map((_, nth) => printEntry(entryOf(nth))));
    expect(visited.size).toBe(CATALOGUE.length);
  });

  it('plays the same case from the same numbers, to the last line', async () => {
    for (const nth of [3, 14, 159]) {
      const [once, again] = [
        await playCase(SEED, nth, { isRecorded: true }),
        await playCase(SEED, nth, { isRecorded: true }),
      ];
      expect(once.story.length).toBeGreaterThan(100);
      expect(again.story).toEqual(once.story);
    }
  });

  it('notices each kind of lie, unless it is exempt', async () => {
    const lies = new Set<string>();
    const candidates = CATALOGUE.map((_, nth) => nth).filter((nth) => {
      const { kind, field, mutation } = entryOf(nth);
      return (kind === 'notification' && mutation === 'dropped') || (kind === 'getData' && field === 'stat.mzxid');
    });
    const areFound = () => lies.has('event') && lies.has('reply');
    for (let seed = SEED; !areFound() && seed < SEED + 50; seed += 1) {
      for (const nth of candidates) {
        const strict = await playCase(seed, nth, { isStrict: true });
        if (strict.violations.length === 0) continue;
        for (const lie of strict.lies) lies.add(lie);
        expect((await playCase(seed, nth)).violations).toEqual([]);
      }
    }
    expect([...lies]).toEqual(expect.arrayContaining(['event', 'reply']));
  });

  it('names the case that kills its process', async () => {
    expect(await playShare({ seed: SEED, from: 5, to: 6, step: 1, heap: 4 }, () => {})).toMatchObject({ died: 5 });
  });
});
