import { OBSERVING } from '../../lib/core/limits.js';
import { backgroundTimer } from '../../lib/core/timers.js';

const { recheckAfter, recheckTick } = OBSERVING;

interface Rechecked {
  recheck(): void;
}

/**
 * Rechecks each observer from time to time, a few per tick. A server can drop a watch without an event, as when the
 * znode may not be read at the moment of its change; without a recheck the change would stay unnoticed.
 */
export class Recheck {
  readonly #all: () => Iterable<Rechecked>;
  readonly #count: () => number;
  readonly #onTick: () => void;
  #round: Iterator<Rechecked> | undefined;
  /** The sum of the times that all observers have waited since the last recheck, in ms. */
  #waited = 0;
  #timer: NodeJS.Timeout;

  /**
   * Starts to recheck.
   *
   * @param all may change during an iteration
   * @param onTick called at each tick
   */
  constructor(all: () => Iterable<Rechecked>, count: () => number, onTick: () => void) {
    this.#all = all;
    this.#count = count;
    this.#onTick = onTick;
    this.#timer = this.#nextTick();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #nextTick(): NodeJS.Timeout {
    return backgroundTimer(() => this.#tick(), recheckTick);
  }

  #tick(): void {
    // First, so that an observer that ends the last subscription can stop it.
    this.#timer = this.#nextTick();
    this.#onTick();
    this.#waited += this.#count() * recheckTick;
    for (; this.#waited >= recheckAfter; this.#waited -= recheckAfter) this.#next()?.recheck();
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
