import type { CoordinationClient, CreateOptions } from './coordination-client.js';
import type { TransactionResult } from './transaction.js';

/** Several writes that happen together or not at all, as a {@link TransactionalClient} makes them. */
export interface ZnodeTransaction {
  /** Adds the creation of a znode. */
  create(path: string, data?: Buffer | string, options?: Omit<CreateOptions, 'makePath'>): this;
  /** Adds a change of the data; `version` -1 means any version. */
  setData(path: string, data: Buffer | string, version?: number): this;
  /** Adds a deletion; `version` -1 means any version. */
  delete(path: string, version?: number): this;
  /** Adds the condition that the znode exists and has this version (-1: any version). */
  check(path: string, version: number): this;
  /**
   * Sends the transaction. Resolves with the result of each operation, in their order. Rejects with the error of the
   * operation that failed; nothing was changed then. After a connection loss the outcome is unknown.
   */
  commit(): Promise<TransactionResult[]>;
}

/** A client whose writes can happen together, as those of `ZooKeeperClient` can. */
export interface TransactionalClient extends CoordinationClient {
  /** Begins several writes that happen together or not at all. */
  transaction(): ZnodeTransaction;
}
