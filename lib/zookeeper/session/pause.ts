/** The wait before an attempt to connect. None takes no timer: a busy event loop would take a turn for it. */
export class Pause {
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** @param next called once, never before the constructor has returned */
  constructor(ms: number, next: () => void) {
    if (ms > 0) this.#timer = setTimeout(next, ms);
    else queueMicrotask(() => this.#isOver || next());
  }

  cancel(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
