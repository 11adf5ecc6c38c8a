import { setTimeout as pause } from 'node:timers/promises';
import { Condition } from '../../../testing/condition.js';

/** Loops run their steps through it. Closed, it lets no step begin; ended, the loops end. */
export class Gate {
  readonly #condition = new Condition();
  #isClosed = false;
  #isEnded = false;
  #running = 0;

  /** Does the step again and again, after a pause each time, until the gate is ended. */
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

  /** No step begins any more; the loops end. */
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
