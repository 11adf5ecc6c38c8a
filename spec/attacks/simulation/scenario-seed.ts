import { SeededRandom } from '../../../testing/seeded-random.js';

/** The seed of the nth scenario of a run. */
export function scenarioSeed(runSeed: number, nth: number): number {
  const mixed = Math.imul(runSeed, 0x9e3779b1) + Math.imul(nth, 0x85ebca6b);
  return Math.floor(new SeededRandom(mixed).next() * 2 ** 32);
}
