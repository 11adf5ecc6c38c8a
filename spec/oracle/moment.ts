import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import type { StopReason } from '../../recipes/delivering/index.js';

/** The part of a znode that a watch looks at. */
export type Aspect = 'data' | 'children';

/** A state of a znode, as a watch delivers it and as a server holds it. */
export interface WatchState {
  /** The zxid of the last change (mzxid for data, pzxid for children); `null` for no znode, and where it is unknown. */
  readonly mark: bigint | null;
  /** The data, or the names of the children joined with commas; `null` for no znode. */
  readonly contents: string | null;
}

export const NO_ZNODE: WatchState = { mark: null, contents: null };

export function printState(state: WatchState | null | undefined): string {
  if (!state) return 'nothing';
  if (state.contents === null) return 'no znode';
  return state.mark === null ? `[${state.contents}]` : `[${state.contents}] of ${state.mark}`;
}

/** An event in the life of one watch, fed to its oracle as it happens. */
export type Moment =
  /** The constructor, or `register()`, has returned. */
  | { readonly what: 'constructed' }
  /**
   * The function is called. `event` is undefined for a watch that passes none. `isInside`: the attack knows that
   * synchronous work of the library is running.
   */
  | {
      readonly what: 'called';
      readonly state: WatchState;
      readonly event: WatchedEvent | null | undefined;
      readonly isInside?: boolean;
    }
  /** The function has returned, its promise has settled, or either has failed with the error. */
  | { readonly what: 'settled'; readonly how: 'value' | 'false' }
  | { readonly what: 'settled'; readonly how: 'threw'; readonly error: object }
  /** An error listener, or the logger, received an error. */
  | { readonly what: 'reported'; readonly error: unknown }
  /** The watch may stop for this reason from now on, and with `must` has to. */
  | { readonly what: 'stop-due'; readonly reason: StopReason; readonly must?: boolean }
  /** No call may begin from now on: `stop()` has returned, the signal has aborted, the client is closed. */
  | { readonly what: 'ended'; readonly reason: StopReason }
  /** The watch has emitted `stop`. */
  | { readonly what: 'stopped'; readonly reason: StopReason }
  /** The watch itself has announced that its last state is outdated: the next call may repeat it. */
  | { readonly what: 'outdated' }
  /** The ensemble was set back to an older history: marks may decrease once. */
  | { readonly what: 'set-back' }
  /** The client is connected, and the last change was long ago. `isStopped` as the watch says it. */
  | { readonly what: 'rest'; readonly isStopped: boolean };
