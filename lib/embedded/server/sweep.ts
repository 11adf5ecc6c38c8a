/** Repeats a check at an interval, for as long as there is something to check. */
export class Sweep {
  readonly #interval: number;
  readonly #check: () => boolean;
  #timer: NodeJS.Timeout | undefined;
  #judgement: NodeJS.Immediate | undefined;

  /**
   * @param interval in ms
   * @param check returns whether to check again later
   */
  constructor(interval: number, check: () => boolean) {
    this.#interval = interval;
    this.#check = check;
  }

  /** Schedules the next check, unless one is scheduled. */
  arm(): void {
    this.#timer ??= setTimeout(() => {
      // What lies in the sockets is read first.
      this.#judgement = setImmediate(() => {
        this.#timer = undefined;
        if (this.#check()) this.arm();
      });
    }, this.#interval);
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#judgement);
    this.#timer = undefined;
  }
}
