import { inspect } from 'node:util';
import { Condition } from './condition.js';

export interface UntilOptions {
  /** Milliseconds, scaled. */
  within?: number;
  /** Describes the awaited state in the message of the timeout. */
  describe?: string;
}

/** Keeps what it is given, in order, and lets a spec await a state of that list. */
export class Recorder<T> {
  #items: T[] = [];
  readonly #condition = new Condition();

  get items(): readonly T[] {
    return this.#items;
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  /** Bound: can be passed as a callback. */
  readonly record = (item: T): void => {
    this.#items.push(item);
    this.#condition.changed();
  };

  /** Resolves with a copy of the items as soon as the predicate holds for them. */
  async until(predicate: (items: readonly T[]) => boolean, options: UntilOptions = {}): Promise<readonly T[]> {
    const describe = (): string => `${options.describe ?? 'the awaited records'}; recorded ${this.#print()}`;
    let found: readonly T[] = [];
    const holds = (): boolean => {
      if (!predicate(this.#items)) return false;
      found = [...this.#items];
      return true;
    };
    await this.#condition.until(holds, describe, options.within);
    return found;
  }

  /** Resolves once at least `count` items are there. */
  untilCount(count: number, options: UntilOptions = {}): Promise<readonly T[]> {
    return this.until((items) => items.length >= count, { describe: `${count} records`, ...options });
  }

  clear(): void {
    this.#items = [];
    this.#condition.changed();
  }

  #print(): string {
    return `${this.#items.length}: ${inspect(this.#items, { depth: 6, maxArrayLength: 50, breakLength: 120 })}`;
  }
}
