import type { CreateOptions, Stat } from '../core/coordination-client.js';
import { InvalidArgumentError, type ZooKeeperError } from '../core/errors.js';
import { validatePath } from '../core/paths.js';
import { toCreation, toData, toVersion } from '../core/znode-arguments.js';
import { multiRequest, type WireRequest } from '../protocol/requests.js';
import { ServerCode } from '../protocol/server-code.js';
import { serverError, serverErrorOf } from '../protocol/server-error.js';
import type { TransactionOperation, TransactionOutcome } from '../protocol/transaction-outcomes.js';
import type { Chroot } from './chroot.js';

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

/** @internal */
export type SendTransaction = (wire: WireRequest<TransactionOutcome[]>, path: string) => Promise<TransactionOutcome[]>;

/**
 * Several writes that happen together or not at all. Made by {@link ZooKeeperClient.transaction}; nothing is sent
 * before `commit()`.
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
  readonly #chroot: Chroot;
  readonly #send: SendTransaction;
  readonly #operations: TransactionOperation[] = [];
  #committed = false;

  /** @internal */
  constructor(chroot: Chroot, send: SendTransaction) {
    this.#chroot = chroot;
    this.#send = send;
  }

  /**
   * Adds the creation of a znode.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input; `makePath` is not for transactions.
   */
  create(path: string, data: Buffer | string = '', options?: Omit<CreateOptions, 'makePath'>): this {
    const { mode, acl, makePath, ttl } = toCreation(path, options);
    if (makePath) throw new InvalidArgumentError('makePath must be left out: add a create() for each parent');
    return this.#add({ type: 'create', path, data: toData(data), acl, mode, ttl });
  }

  /** Adds a change of the data; `version` -1 means any version. */
  setData(path: string, data: Buffer | string, version = -1): this {
    validatePath(path);
    return this.#add({ type: 'setData', path, data: toData(data), version: toVersion(version) });
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
    if (this.#operations.length === 0) return [];
    const absolute = this.#operations.map((operation) => {
      const mode = operation.type === 'create' ? operation.mode : 'persistent';
      return { ...operation, path: this.#chroot.absoluteOf(operation.path, mode) };
    });
    const first = this.#operations[0]?.path ?? '/';
    const outcomes = await this.#send(multiRequest(absolute), first);
    return outcomes.map((outcome) => this.#toResult(outcome, outcomes));
  }

  #add(operation: TransactionOperation): this {
    if (this.#committed)
      throw new InvalidArgumentError(`${operation.type}() must be called before commit()`, { path: operation.path });
    this.#operations.push(operation);
    return this;
  }

  #toResult(outcome: TransactionOutcome, outcomes: readonly TransactionOutcome[]): TransactionResult {
    if (outcome.type === 'error') throw this.#failure(outcomes);
    return outcome.type === 'create' ? { type: 'create', path: this.#chroot.relative(outcome.path) } : outcome;
  }

  #failure(outcomes: readonly TransactionOutcome[]): ZooKeeperError {
    const errors = outcomes.map((outcome) => (outcome.type === 'error' ? outcome.error : 0));
    // RUNTIME_INCONSISTENCY only says that another operation failed.
    const failed = errors.findIndex((error) => error !== 0 && error !== ServerCode.RUNTIME_INCONSISTENCY);
    const index = failed >= 0 ? failed : errors.findIndex((error) => error !== 0);
    const operation = this.#operations[index];
    const path = operation?.path ?? '/';
    const cause = serverError(errors[index] ?? 0, operation?.type ?? 'operation', path);
    const message = `transaction undone by its operation ${index + 1} of ${errors.length}: ${cause.message}`;
    return serverErrorOf(cause.code, message, {
      path,
      ...(cause.serverCode !== undefined && { serverCode: cause.serverCode }),
    });
  }
}
