import type { ClientState, StateChange } from '../core/coordination-client.js';

/** The events of a {@link ZooKeeperClient}. */
export interface ZooKeeperClientEvents {
  /**
   * The state has changed. At `connected` every watch is armed on the server and requests are sent; at `lost` the
   * session's ephemeral znodes are gone, or will be within its timeout; at `closed` no watcher is called any more.
   * `change` names the server, the session and the cause.
   */
  state: (state: ClientState, change: StateChange) => void;
}

/** The names of the events. */
export const CLIENT_EVENTS: readonly (keyof ZooKeeperClientEvents)[] = ['state'];
