import type { ZooKeeperClient } from '../../../index.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';

/** A fault that is at work. */
export interface Ongoing {
  /** To whom, and how. */
  readonly what: string;
  end(): Promise<void> | void;
}

/** A fault that can be injected. */
export interface ChaosFault {
  readonly name: string;
  readonly weight: number;
  /** null when there is nobody to do it to, now. */
  begin(random: SeededRandom): Promise<Ongoing | null> | Ongoing | null;
}

/** The servers of a run, with a proxy in front of each. */
export interface Servers {
  /** What is asked for by the clients behind the proxies, in ms. */
  readonly sessionTimeout: number;
  readonly proxies: readonly FaultProxy[];
  /** Past the proxies. */
  readonly connectString: string;
  /** Of each server by itself, past the proxies. */
  readonly connectStrings: readonly string[];
  /** What can happen to these servers. */
  readonly faults: readonly ChaosFault[];
  /** Ends the client's session on the servers. */
  expire(client: ZooKeeperClient): Promise<void>;
  /**
   * Resolves when all servers serve. Every fault has ended.
   *
   * @param note takes what had to be done for that
   */
  healthy(note: (what: string) => void): Promise<void>;
  close(): Promise<void>;
}
