import type { CoordinationClient } from '../../lib/core/coordination-client.js';

/** A client under test. */
export interface ConformanceSubject {
  /** The client, `connected`. */
  readonly client: CoordinationClient;
  /** Ends the client: its state is `closed` then. Called at the end of each test, by some tests twice. */
  close(): Promise<void> | void;
  /** Ends the client's connection once; the service stays reachable. Without it no test of a lost connection is run. */
  cut?(): Promise<void> | void;
  /** Ends the client's session, as if it had timed out. Without it no test of a lost session is run. */
  expire?(): Promise<void> | void;
}

/** The circumstances in which a client is tested. */
export interface ConformanceEnvironment {
  /** Makes a new client and connects it. Called once or more in each test. */
  connect(): Promise<ConformanceSubject>;
  /**
   * Another client of the same service, which makes the changes. It must be one that is known to be right, such as a
   * `ZooKeeperClient`, and repeat a read when its connection ends: a fault may concern it too.
   */
  readonly other: CoordinationClient;
  /** A znode that exists, below which each test makes a znode of its own. Default `/`. */
  readonly root?: string;
  /** The kinds of faults that the subjects can be put through. Default: none. */
  readonly faults?: readonly ('cut' | 'expire')[];
  /** Whether the client goes on in a new session when its session is lost, or is `closed` then. Default `survives`. */
  readonly session?: 'survives' | 'ends';
  /** How long a test waits for what must happen, in ms. Default 10,000. */
  readonly patience?: number;
}

/** One claim about a client, for any test runner. */
export interface ConformanceTest {
  /** The claim. */
  readonly name: string;
  /** Resolves when the client keeps it. Rejects when it does not, mostly with an `AssertionError`. */
  run(): Promise<void>;
}
