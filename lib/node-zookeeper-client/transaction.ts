import type { Acl, CreateOptions, Stat } from '../core/coordination-client.js';
import { InvalidArgumentError, makeError, type ZooKeeperError } from '../core/errors.js';
import { validatePath } from '../core/paths.js';
import { toData, toVersion } from '../core/znode-arguments.js';
import { errorOf, sizeOf, toCreation, toError, toStat, toWrappedAcl, UNDONE } from './conversions.js';
import type { Callback, NodeZooKeeperClient, NodeZooKeeperStat } from './wrapped-client.js';

/** The result of one operation of a committed transaction. */
export type NodeZooKeeperTransactionResult =
  | NodeZooKeeperCreateResult
  | NodeZooKeeperSetDataResult
  | NodeZooKeeperDeleteResult
  | NodeZooKeeperCheckResult;

/** A znode was created. */
export interface NodeZooKeeperCreateResult {
  /** The operation. */
  type: 'create';
  /** The path created, which differs from the one asked for when the mode is sequential. */
  path: string;
}

/** Data was set. */
export interface NodeZooKeeperSetDataResult {
  /** The operation. */
  type: 'setData';
  /** The znode's stat afterwards. */
  stat: Stat;
}

/** A znode was deleted. */
export interface NodeZooKeeperDeleteResult {
  /** The operation. */
  type: 'delete';
}

/** A condition held. */
export interface NodeZooKeeperCheckResult {
  /** The operation. */
  type: 'check';
}

type Operation =
  | { readonly type: 'create'; path: string; data: Buffer; acl: readonly Acl[]; mode: number }
  | { readonly type: 'setData'; path: string; data: Buffer; version: number }
  | { readonly type: 'delete'; path: string; version: number }
  | { readonly type: 'check'; path: string; version: number };

/** One result, as the package has it. */
interface WrappedResult {
  readonly err?: number;
  readonly path?: string;
  readonly stat?: NodeZooKeeperStat;
}

/** A transaction of the package. It keeps the operations in `ops`. */
interface WrappedTransaction {
  create(path: string, data: Buffer, acl: object[], mode: number): this;
  setData(path: string, data: Buffer): this;
  remove(path: string): this;
  check(path: string): this;
  commit(callback: Callback<[WrappedResult[]]>): void;
  readonly ops: { version?: number }[];
}

/** @internal */
export type Commit = (
  path: string,
  size: (chroot: string) => number,
  send: (client: NodeZooKeeperClient, callback: Callback<[WrappedResult[]]>) => void,
) => Promise<[WrappedResult[]]>;

/** Several writes that happen together or not at all. Nothing is sent before `commit()`. */
export class NodeZooKeeperTransaction {
  readonly #commit: Commit;
  readonly #operations: Operation[] = [];
  #isCommitted = false;

  /** @internal */
  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /**
   * Adds the creation of a znode.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input; `makePath` is not for transactions.
   */
  create(path: string, data: Buffer | string = '', options?: Omit<CreateOptions, 'makePath'>): this {
    const { mode, acl, makePath } = toCreation(path, options);
    if (makePath) throw new InvalidArgumentError('makePath must be left out: add a create() for each parent');
    return this.#add({ type: 'create', path, data: toData(data), acl, mode });
  }

  /** Adds a change of the data; `version` -1 means any version, and 0 means 0. */
  setData(path: string, data: Buffer | string, version = -1): this {
    validatePath(path);
    return this.#add({ type: 'setData', path, data: toData(data), version: toVersion(version) });
  }

  /** Adds a deletion; `version` -1 means any version, and 0 means 0. */
  delete(path: string, version = -1): this {
    validatePath(path);
    return this.#add({ type: 'delete', path, version: toVersion(version) });
  }

  /** Adds the condition that the znode exists and has this version; -1 means any version, and 0 means 0. */
  check(path: string, version: number): this {
    validatePath(path);
    return this.#add({ type: 'check', path, version: toVersion(version) });
  }

  /**
   * Sends the transaction, once.
   *
   * @returns the result of each operation, in the order in which they were added.
   * @throws the error of the operation that failed, with its path; nothing was changed then.
   * @throws {@link ConnectionLossError} when the connection ended before the answer came: the outcome is unknown.
   */
  async commit(): Promise<NodeZooKeeperTransactionResult[]> {
    if (this.#isCommitted) throw new InvalidArgumentError('commit() must be called once: make a new transaction');
    this.#isCommitted = true;
    const operations = this.#operations;
    const [first] = operations;
    if (!first) return [];
    const [results] = await this.#commit(first.path, sizesOf(operations), (client, callback) => {
      const transaction = client.transaction() as WrappedTransaction;
      for (const operation of operations) addTo(transaction, operation);
      transaction.commit((error, all) => callback(error && failure(error, operations, all), all));
    });
    return operations.map((operation, index) => toResult(operation, results[index]));
  }

  #add(operation: Operation): this {
    if (this.#isCommitted) {
      throw new InvalidArgumentError(`${operation.type}() must be called before commit()`, { path: operation.path });
    }
    this.#operations.push(operation);
    return this;
  }
}

/** Each operation and the end have a header of 9 bytes. */
function sizesOf(operations: readonly Operation[]): (chroot: string) => number {
  return (chroot) =>
    operations.reduce((sum, operation) => {
      const acl = operation.type === 'create' ? operation.acl : undefined;
      const data = 'data' in operation ? operation.data : undefined;
      return sum + 9 + sizeOf(chroot + operation.path, data, acl);
    }, 9);
}

function addTo(transaction: WrappedTransaction, operation: Operation): void {
  const { path } = operation;
  if (operation.type === 'create') {
    transaction.create(path, operation.data, toWrappedAcl(operation.acl), operation.mode);
    return;
  }
  if (operation.type === 'setData') transaction.setData(path, operation.data);
  else if (operation.type === 'delete') transaction.remove(path);
  else transaction.check(path);
  // The package's own parameter turns version 0 into -1.
  const added = transaction.ops.at(-1);
  if (!added || added.version !== -1) throw new Error('its transactions are not those of version 1');
  added.version = operation.version;
}

function failure(
  error: unknown,
  operations: readonly Operation[],
  results: WrappedResult[] | undefined,
): ZooKeeperError {
  const errors = (results ?? []).map(({ err }) => err ?? 0);
  const failed = errors.findIndex((number) => number !== 0 && number !== UNDONE);
  const index = failed >= 0 ? failed : errors.findIndex((number) => number !== 0);
  const operation = operations[index];
  if (!operation) return toError(error, 'commit', operations[0]?.path ?? '/');
  const cause = errorOf(errors[index] ?? 0, operation.type, operation.path);
  const message = `transaction undone by its operation ${index + 1} of ${errors.length}: ${cause.message}`;
  return makeError(cause.code, message, { path: operation.path, serverCode: errors[index] ?? 0 });
}

function toResult({ type, path }: Operation, result: WrappedResult | undefined): NodeZooKeeperTransactionResult {
  if (type === 'create') return { type, path: result?.path ?? path };
  if (type !== 'setData') return { type };
  return { type, stat: toStat(result?.stat as NodeZooKeeperStat) };
}
