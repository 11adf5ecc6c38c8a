import { scaled } from '../../../testing/time-factor.js';
import type { Chronicle } from './chronicle.js';

const LOOK_EVERY = 500;

interface Pending {
  readonly name: string;
  readonly since: number;
  readonly within: number;
}

/** Tracks the promises handed out by the library, and reports one that takes too long. */
export class PromiseWatchdog {
  readonly #chronicle: Chronicle;
  readonly #pending = new Set<Pending>();
  readonly #timer: NodeJS.Timeout;

  constructor(chronicle: Chronicle) {
    this.#chronicle = chronicle;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY);
  }

  /** @param within in ms; Infinity for a promise that must only settle by the end of the run */
  track<T>(name: string, promise: Promise<T>, within: number): Promise<T> {
    const pending: Pending = { name, since: performance.now(), within: scaled(within) };
    this.#pending.add(pending);
    const settled = (): void => void this.#pending.delete(pending);
    promise.then(settled, settled);
    return promise;
  }

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Every promise must have settled by now. */
  end(): void {
    clearInterval(this.#timer);
    for (const { name } of this.#pending) this.#chronicle.violation(`at the end a promise is pending: ${name}`);
  }

  #look(): void {
    const now = performance.now();
    for (const pending of this.#pending) {
      if (now - Math.max(pending.since, this.#chronicle.blockedUntil) < pending.within) continue;
      this.#pending.delete(pending);
      this.#chronicle.violation(`a promise is pending after ${Math.round(now - pending.since)} ms: ${pending.name}`);
    }
  }
}
