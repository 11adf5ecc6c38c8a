/** By error: the errors of the watch whose function threw it. A logger receives those of all watches. */
const throwers = new WeakMap<object, ThrownErrors>();

/** The errors that one watch's function threw, and how often each was reported. */
export class ThrownErrors {
  readonly #reports = new Map<unknown, number>();
  readonly #onViolation: (message: string) => void;

  constructor(onViolation: (message: string) => void) {
    this.#onViolation = onViolation;
  }

  /** @param error a new object for each throw */
  thrown(error: object): void {
    this.#reports.set(error, 0);
    throwers.set(error, this);
  }

  reported(error: unknown): void {
    const before = this.#reports.get(error);
    if (before === undefined) return this.#onViolation(`reported an error that its function did not throw: ${error}`);
    this.#reports.set(error, before + 1);
    if (before > 0) this.#onViolation(`reported ${error} ${before + 1} times`);
  }

  checkAllReported(): void {
    const missing = [...this.#reports].filter(([, count]) => count === 0).map(([error]) => error);
    if (missing.length > 0) this.#onViolation(`did not report what its function threw: ${missing.join(', ')}`);
    for (const error of missing) this.#reports.set(error, 1);
  }
}

/** A client's logger received an error. Returns whether the function of a watch had thrown it. */
export function reportedToLogger(error: unknown): boolean {
  const thrower = typeof error === 'object' && error !== null ? throwers.get(error) : undefined;
  thrower?.reported(error);
  return thrower !== undefined;
}
