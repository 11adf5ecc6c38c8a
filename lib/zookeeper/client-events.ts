import type { ClientState } from '../core/coordination-client.js';

/** The events of a {@link ZooKeeperClient}. */
export interface ZooKeeperClientEvents {
  /**
   * The state has changed. At `connected` every watch is armed on the server and requests are sent; at `lost` the
   * session's ephemeral znodes are gone, or will be within its timeout; at `closed` no watcher is called any more.
   */
  state: (state: ClientState) => void;
}
