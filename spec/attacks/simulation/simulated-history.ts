import type { History } from '../../oracle/history.js';
import { type Aspect, NO_ZNODE, printState, type WatchState } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';
import { ABSENT_STATE, type HeldState } from './history.js';
import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';

/** The states that the ensemble held at the path of one watch, by transaction. */
export class SimulatedHistory implements History {
  readonly #rig: Rig;
  readonly #client: ObservedClient;
  readonly #path: string;
  readonly #aspect: Aspect;
  /** The transaction up to which the delivered states are known to be current. */
  #seen: bigint;
  #lastMark = ABSENT_STATE.mark;

  constructor(rig: Rig, client: ObservedClient, path: string, aspect: Aspect) {
    this.#rig = rig;
    this.#client = client;
    this.#path = path;
    this.#aspect = aspect;
    this.#seen = client.seen;
  }

  judge(state: WatchState, _isFirst: boolean, onViolation: (violation: Violation) => void): void {
    const held = this.#identify(state);
    const span = held && this.#rig.history.spanOf(this.#path, this.#aspect, held, this.#seen);
    this.#lastMark = held?.mark ?? ABSENT_STATE.mark;
    const called = `called with ${printState(state)}`;
    if (!span) return onViolation(this.#explain(state, called));
    if (span.to <= this.#seen) {
      onViolation({ rule: 'order', message: `${called}, the past: transaction ${this.#seen} was known already` });
    }
    if (span.from > this.#seen) this.#seen = span.from;
    this.#client.saw(span.from);
  }

  latest(): WatchState {
    const { mark, contents } = this.#rig.history.latest(this.#path, this.#aspect);
    if (mark === ABSENT_STATE.mark) return NO_ZNODE;
    // Children are delivered without their mark.
    return { mark: this.#aspect === 'data' ? mark : null, contents };
  }

  mayHaveBeenMissing(): boolean {
    const span = this.#rig.history.spanOf(this.#path, this.#aspect, ABSENT_STATE, this.#seen);
    return span !== undefined && span.to > this.#seen;
  }

  /** Children come without a stat: they are taken for the oldest state with these names that is newer than the last. */
  #identify({ mark, contents }: WatchState): HeldState | undefined {
    if (contents === null) return ABSENT_STATE;
    if (mark !== null) return { mark, contents };
    const found = this.#rig.history.nextChildren(this.#path, contents, this.#lastMark, this.#seen);
    return found === undefined ? undefined : { mark: found, contents };
  }

  #explain(state: WatchState, called: string): Violation {
    const wasHeld =
      state.mark === null && this.#rig.history.nextChildren(this.#path, state.contents ?? '', -1n, -1n) !== undefined;
    if (wasHeld) return { rule: 'order', message: `${called}, which is not newer than the last state` };
    return { rule: 'real-state', message: `${called}, which no server ever held` };
  }
}
