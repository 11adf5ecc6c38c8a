import type { WatchedEvent } from '../../lib/core/coordination-client.js';
import type { FunctionCall, WatchOptions } from '../delivering/index.js';
import type { Aspect, NodeState } from '../observing/index.js';

/** Options of a {@link DataWatch}. */
export interface DataWatchOptions extends WatchOptions {}

/** Options of a {@link ChildrenWatch}. */
export interface ChildrenWatchOptions extends WatchOptions {
  /** Whether the watch continues in a new session. Default `true`; `false` stops it with `session-lost`. */
  allowSessionLost?: boolean | undefined;
  /** Whether the function receives the event as its second argument. Default `false`. */
  sendEvent?: boolean | undefined;
  /** Whether the function receives the event, and as its third argument the {@link ChildrenDiff}. Default `false`. */
  sendDiff?: boolean | undefined;
  /**
   * Whether the watch waits for a missing znode. Default `false`: a missing or deleted znode stops the watch with
   * `no-node`, and `ready` rejects with {@link NoNodeError} when there was no call yet.
   */
  waitForNode?: boolean | undefined;
}

/** The properties in which watches of different classes and options differ. */
export interface WatchConfig<S extends NodeState, F> {
  readonly aspect: Aspect<S>;
  readonly waitsForNode: boolean;
  readonly outlivesSession: boolean;
  /** The type of the event for a change between two states in which the znode exists. */
  readonly changeEvent: WatchedEvent['type'];
  readonly call: FunctionCall<S, F>;
}
