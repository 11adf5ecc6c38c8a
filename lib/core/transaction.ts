import { atCaller } from './at-caller.js';
import type { Acl, CreateMode, CreateOptions, Stat } from './coordination-client.js';
import { InvalidArgumentError, type ZooKeeperError } from './errors.js';
import { validatePath } from './paths.js';
import { type CompleteCreateOptions, copyOfData, toVersion } from './znode-arguments.js';

/** The result of one operation of a committed transaction. */
export type TransactionResult = CreateResult | SetDataResult | DeleteResult | CheckResult;

/** A znode was created. */
export interface CreateResult {
  /** The operation. */
  type: 'create';
  /** The path created, which differs from the one asked for when the mode is sequential. */
  path: string;
}

/** Data was set. */
export interface SetDataResult {
  /** The operation. */
  type: 'setData';
  /** The znode's stat afterwards. */
  stat: Stat;
}

/** A znode was deleted. */
export interface DeleteResult {
  /** The operation. */
  type: 'delete';
}

/** A condition held. */
export interface CheckResult {
  /** The operation. */
  type: 'check';
}

/** One operation of a transaction. */
export type TransactionOperation =
  | {
      readonly type: 'create';
      path: string;
      data: Buffer;
      acl: readonly Acl[];
      mode: CreateMode;
      ttl?: number | undefined;
    }
  | { readonly type: 'setData'; path: string; data: Buffer; version: number }
  | { readonly type: 'delete'; path: string; version: number }
  | { readonly type: 'check'; path: string; version: number };

/** The client of a transaction. @internal */
export interface TransactionSender {
  /** Checks the path and the options of a creation. */
  toCreation(path: unknown, options: CreateOptions | undefined): CompleteCreateOptions;
  /** Sends the operations, of which there is at least one. */
  send(operations: readonly TransactionOperation[]): Promise<TransactionResult[]>;
}

/**
 * Several writes that happen together or not at all. Made by a client's `transaction()`; nothing is sent before
 * `commit()`.
 *
 * @example
 * ```ts
 * import { ZooKeeperClient } from 'zk-recipes';
 *
 * const client = new ZooKeeperClient('127.0.0.1:2181');
 * await client.connect();
 * await client.transaction().check('/leader', 3).setData('/config', 'new').commit();
 * ```
 */
export class Transaction {
  readonly #sender: TransactionSender;
  readonly #operations: TransactionOperation[] = [];
  #committed = false;

  /** @internal */
  constructor(sender: TransactionSender) {
    this.#sender = sender;
  }

  /**
   * Adds the creation of a znode.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input; `makePath` is not for transactions.
   */
  create(path: string, data: Buffer | string = '', options?: Omit<CreateOptions, 'makePath'>): this {
    const { mode, acl, makePath, ttl } = this.#sender.toCreation(path, options);
    if (makePath) throw new InvalidArgumentError('makePath must be left out: add a create() for each parent');
    return this.#add({ type: 'create', path, data: copyOfData(data), acl, mode, ttl });
  }

  /** Adds a change of the data; `version` -1 means any version. */
  setData(path: string, data: Buffer | string, version = -1): this {
    validatePath(path);
    return this.#add({ type: 'setData', path, data: copyOfData(data), version: toVersion(version) });
  }

  /** Adds a deletion; `version` -1 means any version. */
  delete(path: string, version = -1): this {
    validatePath(path);
    return this.#add({ type: 'delete', path, version: toVersion(version) });
  }

  /** Adds the condition that the znode exists and has this version (-1: any version). */
  check(path: string, version: number): this {
    validatePath(path);
    return this.#add({ type: 'check', path, version: toVersion(version) });
  }

  /**
   * Sends the transaction, once.
   *
   * @returns the result of each operation, in the order in which they were added.
   * @throws the error of the operation that failed, with its path (as {@link BadVersionError}); nothing was changed
   * then.
   * @throws {@link ConnectionLossError} when the connection ended before the answer came: the outcome is unknown.
   */
  async commit(): Promise<TransactionResult[]> {
    if (this.#committed) throw new InvalidArgumentError('commit() must be called once: make a new transaction');
    this.#committed = true;
    return this.#operations.length === 0 ? [] : await this.#sender.send(this.#operations).catch(atCaller);
  }

  #add(operation: TransactionOperation): this {
    if (this.#committed)
      throw new InvalidArgumentError(`${operation.type}() must be called before commit()`, { path: operation.path });
    this.#operations.push(operation);
    return this;
  }
}

/** The operation that failed. */
interface FailedOperation {
  /** Undefined when no error is the one of an operation. */
  readonly operation: TransactionOperation | undefined;
  readonly error: number;
  /** The error of the whole transaction, for the one of the operation. */
  readonly messageOf: (cause: ZooKeeperError) => string;
}

/**
 * Finds the operation that failed.
 *
 * @param errors the numbers of the errors by operation, 0 for none
 * @param undone the number that only says that another operation failed
 */
export function failedOperationOf(
  operations: readonly TransactionOperation[],
  errors: readonly number[],
  undone: number,
): FailedOperation {
  const failed = errors.findIndex((error) => error !== 0 && error !== undone);
  const index = failed >= 0 ? failed : errors.findIndex((error) => error !== 0);
  return {
    operation: operations[index],
    error: errors[index] ?? 0,
    messageOf: ({ message }) => `transaction undone by its operation ${index + 1} of ${errors.length}: ${message}`,
  };
}
