import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';

/** The client of a user, as its watches see it. */
export interface ObservedClient {
  readonly client: ZooKeeperClient;
  readonly isOpen: boolean;
  /** The transaction that every later answer must be as new as. */
  readonly seen: bigint;
  /** The client has delivered a state of this transaction. */
  saw(zxid: bigint): void;
  close(): void;
}
