import { setTimeout as pause } from 'node:timers/promises';
import { Condition } from '../../../testing/condition.js';

/** Admits the steps of loops: closed, it lets no step begin; ended, it ends the loops. */
export class Gate {
  readonly #condition = new Condition();
  #isClosed = false;
  #isEnded = false;
  #running = 0;

  /** Repeats the step, with a pause after each, until the gate is ended. */
  loop(name: string, pauseMs: () => number, step: () => Promise<void>): void {
    void this.#loop(name, pauseMs, step);
  }

  /** Resolves when no step is running. */
  async close(within: number): Promise<void> {
    this.#isClosed = true;
    await this.#condition.until(
      () => this.#running === 0,
      () => `all steps done; ${this.#running} are running`,
      within,
    );
  }

  open(): void {
    this.#isClosed = false;
    this.#condition.changed();
  }

  /** Lets no further step begin, and ends the loops. */
  end(): void {
    this.#isEnded = true;
    this.#condition.changed();
  }

  async #loop(name: string, pauseMs: () => number, step: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#condition.until(
        () => !this.#isClosed || this.#isEnded,
        () => `the gate open for ${name}`,
        600_000,
      );
      if (this.#isEnded) return;
      this.#running += 1;
      try {
        await step();
      } finally {
        this.#running -= 1;
        this.#condition.changed();
      }
      await pause(pauseMs());
    }
  }
}
