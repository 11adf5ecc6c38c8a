import { OBSERVING } from '../../lib/core/limits.js';

const { recheckAfter, recheckTick } = OBSERVING;

/** What looks again. */
interface Rechecked {
  recheck(): void;
}

/**
 * Lets each observer look again now and then, a few at a time. A server can spend a watch without a word: on a znode that may not be read at
 * the moment of its change. Nothing else would ever find out.
 */
export class Recheck {
  readonly #all: () => Iterable<Rechecked>;
  readonly #count: () => number;
  #round: Iterator<Rechecked> | undefined;
  /** The time that all of them have waited, in sum, since one last looked. */
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param all may change while one goes through them */
  constructor(all: () => Iterable<Rechecked>, count: () => number) {
    this.#all = all;
    this.#count = count;
  }

  start(): void {
    this.#timer = setTimeout(() => this.#tick(), recheckTick).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#round = undefined;
    this.#due = 0;
  }

  #tick(): void {
    this.#due += this.#count() * recheckTick;
    for (; this.#due >= recheckAfter; this.#due -= recheckAfter) this.#next()?.recheck();
    this.start();
  }

  #next(): Rechecked | undefined {
    this.#round ??= this.#all()[Symbol.iterator]();
    const next = this.#round.next();
    if (!next.done) return next.value;
    this.#round = this.#all()[Symbol.iterator]();
    const first = this.#round.next();
    return first.done ? undefined : first.value;
  }
}
