import { SeededRandom } from '../../../testing/seeded-random.js';

/** The one source of chance of a simulation. */
export class Random extends SeededRandom {
  /** One of the names, as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let rest = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      rest -= weight;
      if (rest < 0) return name;
    }
    return (entries[0] as [K, number])[0];
  }
}

/** The seed of the nth scenario of a run. */
export function scenarioSeed(runSeed: number, nth: number): number {
  return Math.floor(new Random(Math.imul(runSeed, 0x9e3779b1) + Math.imul(nth, 0x85ebca6b)).next() * 2 ** 32);
}
