import type { History } from '../../oracle/history.js';
import { printState, type WatchState } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';

/** The states that the fake server held at one path, exactly. */
export class ModelHistory implements History {
  /** The contents by mark. After the server was set back a mark may return with other contents. */
  readonly #held = new Map<bigint, Set<string>>();
  #wasMissing = false;
  #now: WatchState | undefined;

  changed(to: WatchState): void {
    this.#now = to;
    const { mark, contents } = to;
    if (contents === null) this.#wasMissing = true;
    else if (mark !== null) this.#held.set(mark, (this.#held.get(mark) ?? new Set()).add(contents));
  }

  judge(state: WatchState, _isFirst: boolean, onViolation: (violation: Violation) => void): void {
    const violated = (message: string) => onViolation({ rule: 'real-state', message });
    const { mark, contents } = state;
    if (contents === null || mark === null) {
      if (!this.#wasMissing) violated('called without a znode, and the znode was never missing');
      return;
    }
    const held = this.#held.get(mark);
    if (!held) violated(`called with ${printState(state)}, which the server never held`);
    else if (!held.has(contents)) violated(`called with ${printState(state)}, where the server held ${[...held]}`);
  }

  latest(): WatchState | undefined {
    return this.#now;
  }

  mayHaveBeenMissing(): boolean {
    return this.#wasMissing;
  }
}
