import { SeededRandom } from '../../../testing/seeded-random.js';

/** Chance from a seed. Each part of a run throws dice of its own, so that what one does never moves another's. */
export class Dice extends SeededRandom {
  constructor(seed: number, name: string) {
    let mixed = seed;
    for (const character of name) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193);
    super(mixed);
  }

  /** From `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  /** One of them, as often as its weight says. */
  weighted<T extends { readonly weight: number }>(items: readonly T[]): T {
    let left = this.between(
      0,
      items.reduce((sum, { weight }) => sum + weight, 0),
    );
    for (const item of items) {
      left -= item.weight;
      if (left < 0) return item;
    }
    return this.pick(items);
  }
}
