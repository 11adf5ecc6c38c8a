import type { WatchState } from './moment.js';
import type { Violation } from './rules.js';

/** Port: the states that the server held at the path of one watch, as far as an attack knows them. */
export interface History {
  /**
   * Judges a delivered state.
   *
   * @param onViolation may be called later: an attack may have yet to learn the outcome of a write
   */
  judge(state: WatchState, isFirst: boolean, onViolation: (violation: Violation) => void): void;
  /** The state that the server holds now; undefined while that is unknown. */
  latest(): WatchState | undefined;
  /** Whether the znode may have been missing since the last delivered state. */
  mayHaveBeenMissing(): boolean;
}
