import type { WatchedEvent } from '../../lib/core/coordination-client.js';

/**
 * Why a watch has stopped.
 *
 * - `returned-false`: its function returned `false`, or a promise of `false`.
 * - `stopped`: `stop()` was called, or its loop ended.
 * - `aborted`: its signal aborted.
 * - `client-closed`: the client was closed.
 * - `session-lost`: the session was lost, and `allowSessionLost` is `false`.
 * - `no-node`: the znode is missing, and `waitForNode` is `false`.
 * - `idle`: nothing has changed for `maxIdleTimeout`.
 * - `error`: a read failed with an error that no retry can resolve.
 */
export type StopReason =
  | 'returned-false'
  | 'stopped'
  | 'aborted'
  | 'client-closed'
  | 'session-lost'
  | 'no-node'
  | 'idle'
  | 'error';

/** Reasons of stops that end a loop without an error. */
export const STOPS_WITHOUT_ERROR: ReadonlySet<StopReason> = new Set([
  'stopped',
  'returned-false',
  'client-closed',
  'idle',
]);

/** The events of a watch. */
export interface WatchEvents {
  /**
   * The function threw (or its promise rejected), or a read failed for another reason than the connection. The watch
   * continues, unless no retry can resolve the failure: then `stop` follows, with the reason `error`. An error without
   * a listener goes to the client's logger.
   */
  error: (error: unknown) => void;
  /**
   * The connection was interrupted, and the watch has caught up: the state of the last call is the server's current
   * state, whether or not it changed in the meantime, that call has settled, and further changes will be reported.
   * `status` is `fresh`.
   */
  resynced: () => void;
  /**
   * The watch has stopped: `stopped` is `true`, and no further call begins. A call that has begun may still be running.
   */
  stop: (reason: StopReason) => void;
}

/** The names of the events. */
export const WATCH_EVENTS: readonly (keyof WatchEvents)[] = ['error', 'resynced', 'stop'];

/**
 * How up to date a watch is.
 *
 * - `fresh`: the function was called with the newest state known, and the server would report a change. A server that
 *   is partitioned from the others, or has fallen silent, is noticed with a delay.
 * - `stale`: there was no call yet, there is no connection, or a change is being read. A stopped watch stays `stale`.
 */
export type WatchStatus = 'fresh' | 'stale';

/** Options of every watch. */
export interface WatchOptions {
  /** Stops the watch when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Calls the function of a watch. `before` is the state of the previous call. */
export type FunctionCall<S, F> = (func: F, state: S, event: WatchedEvent | null, before: S | undefined) => unknown;

/** The end of a watch; with an error when nobody asked for it. */
export interface WatchEnd {
  readonly error?: unknown;
}
