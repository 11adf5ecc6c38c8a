import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import type { NodeKind, NodeState } from '../observing/index.js';

/**
 * Why a watch has stopped.
 *
 * - `returned-false`: its function returned `false`, or a promise of it.
 * - `stopped`: `stop()` was called.
 * - `aborted`: its signal aborted.
 * - `client-closed`: the client was closed.
 * - `session-lost`: the session was lost, and the watch was not to outlive it.
 * - `no-node`: the znode is missing, and the watch was not to wait for it.
 * - `error`: a read failed of something that trying again cannot mend.
 */
export type StopReason =
  | 'returned-false'
  | 'stopped'
  | 'aborted'
  | 'client-closed'
  | 'session-lost'
  | 'no-node'
  | 'error';

/** The events of a watch. */
export interface WatchEvents {
  /**
   * The function threw, or a read failed of something else than the connection. The watch goes on, unless trying again cannot
   * mend it: then `stop` follows, with `error`. Without a listener it goes to the client's logger.
   */
  error: (error: unknown) => void;
  /**
   * The connection was gone, and is back: what the function was called with last is what the server holds, changed meanwhile or
   * not, the call has settled, and further changes will be told. The status is `fresh`.
   */
  resynced: () => void;
  /** The watch has stopped: no call begins any more. One that has begun may still run. */
  stop: (reason: StopReason) => void;
}

/**
 * What a watch knows.
 *
 * - `fresh`: the function was called with the newest state, and the server would tell of a change. A server that is cut off
 *   from the others, or has fallen silent, is only noticed later.
 * - `stale`: it was not called yet, there is no connection, or a change is being looked into; at the end it stays so.
 */
export type WatchStatus = 'fresh' | 'stale';

/** How any watch behaves. */
export interface WatchOptions {
  /** Stops the watch when it aborts. */
  signal?: AbortSignal;
}

/** What kind of watch it is. */
export interface WatchRecipe<S extends NodeState, F> {
  readonly kind: NodeKind<S>;
  readonly waitsForNode: boolean;
  readonly outlivesSession: boolean;
  /** The event for a change from one state to another that both exist. */
  readonly changeEvent: WatchedEvent['type'];
  /** Calls the user's function. `before` is what it was called with last. */
  call: (func: F, state: S, event: WatchedEvent | null, before: S | undefined) => unknown;
}

/** How it has ended: with an error when it was not the user's own doing. */
export type End = { readonly error?: unknown };
