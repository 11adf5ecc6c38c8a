import type { History } from '../../oracle/history.js';
import { printState, type WatchState } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';

/** The states of one znode, in the order of the writes that lead to them. No state occurs twice. */
export class RecordedHistory implements History {
  readonly #states: WatchState[];
  #delivered = -1;

  constructor(initial: WatchState) {
    this.#states = [initial];
  }

  /** A write is about to be sent. */
  writing(state: WatchState): void {
    this.#states.push(state);
  }

  judge(state: WatchState, _isFirst: boolean, onViolation: (violation: Violation) => void): void {
    const index = this.#states.findIndex(({ contents }) => contents === state.contents);
    const called = `called with ${printState(state)}`;
    if (index === -1) return onViolation({ rule: 'real-state', message: `${called}, which no server ever held` });
    if (index <= this.#delivered) onViolation({ rule: 'order', message: `${called} again, or after a newer state` });
    this.#delivered = Math.max(this.#delivered, index);
  }

  /** Known once all writes are acknowledged. */
  latest(): WatchState | undefined {
    return this.#states.at(-1);
  }

  mayHaveBeenMissing(): boolean {
    return this.#states.some(({ contents }) => contents === null);
  }
}
