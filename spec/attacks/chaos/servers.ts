import type { ZooKeeperClient, ZooKeeperClientOptions } from '../../../index.js';
import type { ProxyFaults } from '../../../testing/fault-proxy.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import type { HeldWatches } from '../../../testing/server-watches.js';

/** An active fault. */
export interface Ongoing {
  /** Its target and its strength. */
  readonly what: string;
  end(): Promise<void> | void;
}

/** A fault that can be injected. */
export interface ChaosFault {
  readonly name: string;
  readonly weight: number;
  /** Whether it may not cost a session, as long as no other fault is active. */
  readonly isHarmless?: boolean;
  /** null when there is no target now. */
  begin(random: SeededRandom): Promise<Ongoing | null> | Ongoing | null;
}

/** The servers of a run, with a proxy in front of each. */
export interface Servers {
  /** The session timeout that the clients behind the proxies request, in ms. */
  readonly sessionTimeout: number;
  readonly proxies: readonly ProxyFaults[];
  /** Whether servers and proxies go on while this process's event loop stands still. */
  readonly areApart: boolean;
  /** Of all servers, bypassing the proxies. */
  readonly connectString: string;
  /** Of each server on its own, bypassing the proxies. */
  readonly connectStrings: readonly string[];
  /** The transport of every client. */
  readonly transport: Pick<ZooKeeperClientOptions, 'tls'>;
  /** The faults of these servers. */
  readonly faults: readonly ChaosFault[];
  /** The watches that all servers hold. */
  heldWatches(): Promise<HeldWatches>;
  /** Ends the client's session on the servers. */
  expire(client: ZooKeeperClient): Promise<void>;
  /**
   * Resolves when all servers serve. Every fault has ended.
   *
   * @param note receives each intervention
   */
  healthy(note: (what: string) => void): Promise<void>;
  close(): Promise<void>;
}
