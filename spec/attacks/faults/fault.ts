import type { ClientState, ZooKeeperClient } from '../../../index.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';

/** The targets of a fault: many clients at once, each with one watch and with proxies of its own to the servers. */
export interface Scene<Servers> {
  readonly servers: Servers;
  readonly clients: readonly ZooKeeperClient[];
  readonly proxies: readonly FaultProxy[];
  /** Makes the change during the fault, bypassing the proxies. */
  change(): Promise<void>;
  /** The same from another process, while this one is blocked. */
  changeFromOutside(): void;
  /** Resolves once the change made during the fault has been delivered. */
  delivered(): Promise<void>;
  /** Resolves once every client has been in the state since the fault began. */
  until(state: ClientState): Promise<void>;
}

/** A line of the table. */
export interface Fault<Servers> {
  readonly name: string;
  /** The session timeout that clients request, in ms. */
  readonly sessionTimeout: number;
  /** Whether the clients are connected to the first server; default: to a random one. */
  readonly isAtFirst?: boolean;
  /** Runs the fault from its beginning to its end, and makes the change meanwhile. */
  strike(scene: Scene<Servers>): Promise<void>;
  /** The states that the client goes through. */
  readonly states: readonly ClientState[];
  /** How long it takes until `suspended`, in ms. */
  readonly suspendedWithin?: number;
  /** How long it takes from the fault's end until `connected`, in ms. Default: 1,000. */
  readonly connectedWithin?: number;
  /** The `event` of the change made meanwhile: the server's, `null` after a recovery, or either. */
  readonly event: 'server' | 'null' | 'either';
}
