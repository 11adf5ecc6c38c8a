import type { ClientState, ZooKeeperClient } from '../../../index.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';

/** Where a fault strikes: at many clients at once, each of which has a watch of its own and reaches the servers by proxies of its own. */
export interface Scene<Servers> {
  readonly servers: Servers;
  readonly clients: readonly ZooKeeperClient[];
  readonly proxies: readonly FaultProxy[];
  /** Makes the change that is made meanwhile, past the proxies. */
  change(): Promise<void>;
  /** The same in another process, while this one stands still. */
  changeFromOutside(): void;
  /** Resolves once the change that was made meanwhile has been delivered. */
  delivered(): Promise<void>;
  /** All clients have been in the state since the fault. */
  until(state: ClientState): Promise<void>;
}

/** A line of the table. */
export interface Fault<Servers> {
  readonly name: string;
  /** To ask for, in ms. */
  readonly sessionTimeout: number;
  /** Where the clients are when it strikes; default: at a server of chance. */
  readonly isAtFirst?: boolean;
  /** From the fault's beginning to its end, with the change that is made meanwhile. */
  strike(scene: Scene<Servers>): Promise<void>;
  /** What the user then has seen. */
  readonly states: readonly ClientState[];
  /** How long it takes until `suspended`, in ms. */
  readonly suspendedWithin?: number;
  /** How long it takes from the fault's end until `connected`, in ms. Default: 1,000. */
  readonly connectedWithin?: number;
  /** The `event` of the change made meanwhile: that of the server, `null` after a recovery, or either. */
  readonly event: 'server' | 'null' | 'either';
}
