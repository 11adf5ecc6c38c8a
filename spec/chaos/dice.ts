import { randomNumbers } from '../support/random-writes.js';

/** Chance from a seed. Each part of a run throws dice of its own, so that what one does never moves another's. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number, name: string) {
    let mixed = seed;
    for (const character of name) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193);
    this.#random = randomNumbers(mixed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  between(min: number, max: number): number {
    return min + this.#random() * (max - min);
  }

  /** From `min` to `max`, both included. */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
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
