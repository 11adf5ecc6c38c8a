import type { ConnectionHandlers, Connector } from '../../../lib/zookeeper/connection/connection.js';
import type { Rig } from './rig.js';
import type { SimulatedConnection } from './simulated-connection.js';

/** The connections of a client, and what it hears over them. */
export class ClientHearing {
  /** The latest. */
  connection: SimulatedConnection | null = null;
  /** When the client last received from a server, by the virtual clock. */
  heardAt = 0;
  /**
   * Whether an attempt that the client had given up had taken the session over from the last connection that ended: a
   * server ends such a connection at its first write (ZooKeeper's SESSION_MOVED).
   */
  wasMoved = false;
  readonly #rig: Rig;

  constructor(rig: Rig) {
    this.#rig = rig;
  }

  readonly connector: Connector = (options, handlers) => {
    let isOpen = false;
    const hear = () => {
      if (isOpen) this.heardAt = this.#rig.clock.now;
    };
    const heard: ConnectionHandlers['heard'] = (zxid) => {
      hear();
      handlers.heard(zxid);
    };
    const receiving: ConnectionHandlers['receiving'] = () => {
      hear();
      handlers.receiving();
    };
    const opened: ConnectionHandlers['opened'] = (handshake) => {
      isOpen = true;
      hear();
      handlers.opened(handshake);
    };
    const closed: ConnectionHandlers['closed'] = (end) => {
      this.wasMoved = connection.link?.isMoved ?? false;
      handlers.closed(end);
    };
    const connection = this.#rig.network.connector(options, { ...handlers, heard, receiving, opened, closed });
    this.connection = connection;
    return connection;
  };
}
