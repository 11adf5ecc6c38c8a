import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../testing/seeded-random.js';
import { scenarioSeed } from '../attacks/simulation/scenario-seed.js';

describe('the source of chance', () => {
  it('gives the same numbers for the same seed', () => {
    const [one, other] = [new SeededRandom(42), new SeededRandom(42)];
    const numbers = Array.from({ length: 100 }, () => one.next());
    expect(Array.from({ length: 100 }, () => other.next())).toEqual(numbers);
    expect(new Set(numbers).size).toBe(100);
  });

  it('gives each named part of a run numbers of its own', () => {
    const first = (name: string) => SeededRandom.of(1, name).next();
    expect(first('writer 1')).toBe(first('writer 1'));
    expect(new Set(['faults', 'writer 1', 'writer 2', 'client 1'].map(first)).size).toBe(4);
  });

  it('picks in proportion to the weights, and never what has none', () => {
    const random = new SeededRandom(3);
    const picked = Array.from({ length: 1_000 }, () => random.weighted({ often: 3, seldom: 1, never: 0 }));
    const count = (name: string) => picked.filter((each) => each === name).length;
    expect(count('never')).toBe(0);
    expect(count('often') / count('seldom')).toBeGreaterThan(2);
    const items = [{ weight: 0 }, { weight: 1 }];
    expect(new Set(Array.from({ length: 100 }, () => random.pickWeighted(items)))).toEqual(new Set([items[1]]));
  });

  it('gives each scenario of each run a seed of its own', () => {
    const seeds = [1, 2, 3].flatMap((run) => Array.from({ length: 1_000 }, (_, nth) => scenarioSeed(run, nth)));
    expect(new Set(seeds).size).toBe(seeds.length);
  });
});
