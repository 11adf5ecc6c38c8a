/** Something that is looked at from time to time, as long as there is anything to look at. */
export class Sweep {
  readonly #interval: number;
  readonly #look: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param interval in ms
   * @param look says whether there is more to look at later
   */
  constructor(interval: number, look: () => boolean) {
    this.#interval = interval;
    this.#look = look;
  }

  /** There is something. */
  arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#look()) this.arm();
    }, this.#interval);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
