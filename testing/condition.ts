import { scaled } from './time-factor.js';

/** Lets others await a state of its owner, who calls changed() whenever that state may have changed. */
export class Condition {
  readonly #waiters = new Set<() => void>();

  changed(): void {
    for (const check of [...this.#waiters]) check();
  }

  /** Resolves as soon as `holds` does; rejects after `within` ms (scaled) with the message made by `describe`. */
  until(holds: () => boolean, describe: () => string, within = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        finish();
      };
      const check = (): void => {
        try {
          if (holds()) settle(resolve);
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const deadline = scaled(within);
      const timer = setTimeout(() => {
        settle(() => reject(new Error(`Not within ${deadline} ms: ${describe()}`)));
      }, deadline);
      this.#waiters.add(check);
      check();
    });
  }
}
