import { Deadline } from '../../core/deadline.js';

/** The end of a session that `close()` waits for. */
export class Ending {
  readonly reached: Promise<void>;
  readonly #deadline: Deadline;
  #resolve: () => void = () => {};

  /** @param ms how long a server has to end the session, before `onDue` is called */
  constructor(ms: number, onDue: () => void) {
    this.reached = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#deadline = new Deadline(ms, onDue);
  }

  /** Nothing of the session is left. */
  reach(): void {
    this.#deadline.cancel();
    this.#resolve();
  }
}
