import { makeError, type ZooKeeperError } from '../core/errors.js';
import {
  failedOperationOf,
  Transaction,
  type TransactionOperation,
  type TransactionResult,
} from '../core/transaction.js';
import { errorOf, sizeOf, toCreation, toError, toStat, toWrappedAcl, toWrappedMode, UNDONE } from './conversions.js';
import type { Callback, NodeZooKeeperClient, NodeZooKeeperStat } from './wrapped-client.js';

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

type Commit = (
  path: string,
  size: (chroot: string) => number,
  send: (client: NodeZooKeeperClient, callback: Callback<[WrappedResult[]]>) => void,
) => Promise<[WrappedResult[]]>;

/** Begins a transaction. Version 0 is version 0, which the package's own transactions turn into any version. */
export function newTransaction(commit: Commit): Transaction {
  const send = async (operations: readonly TransactionOperation[]): Promise<TransactionResult[]> => {
    const [results] = await commit(operations[0]?.path ?? '/', sizesOf(operations), (client, callback) => {
      const transaction = client.transaction() as WrappedTransaction;
      for (const operation of operations) addTo(transaction, operation);
      transaction.commit((error, all) => callback(error && failure(error, operations, all), all));
    });
    return operations.map((operation, index) => toResult(operation, results[index]));
  };
  return new Transaction({ toCreation, send });
}

/** Each operation and the end have a header of 9 bytes. */
function sizesOf(operations: readonly TransactionOperation[]): (chroot: string) => number {
  return (chroot) =>
    operations.reduce((sum, operation) => {
      const acl = operation.type === 'create' ? operation.acl : undefined;
      const data = 'data' in operation ? operation.data : undefined;
      return sum + 9 + sizeOf(chroot + operation.path, data, acl);
    }, 9);
}

function addTo(transaction: WrappedTransaction, operation: TransactionOperation): void {
  const { path } = operation;
  if (operation.type === 'create') {
    transaction.create(path, operation.data, toWrappedAcl(operation.acl), toWrappedMode(operation.mode));
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
  operations: readonly TransactionOperation[],
  results: WrappedResult[] | undefined,
): ZooKeeperError {
  const errors = (results ?? []).map(({ err }) => err ?? 0);
  const failed = failedOperationOf(operations, errors, UNDONE);
  const { operation } = failed;
  if (!operation) return toError(error, 'commit', operations[0]?.path ?? '/');
  const cause = errorOf(failed.error, operation.type, operation.path, true);
  return makeError(cause.code, failed.messageOf(cause), { path: operation.path, serverCode: failed.error });
}

function toResult({ type, path }: TransactionOperation, result: WrappedResult | undefined): TransactionResult {
  if (type === 'create') return { type, path: result?.path ?? path };
  if (type !== 'setData') return { type };
  return { type, stat: toStat(result?.stat as NodeZooKeeperStat) };
}
