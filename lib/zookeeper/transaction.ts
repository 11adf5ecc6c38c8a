import {
  failedOperationOf,
  Transaction,
  type TransactionOperation,
  type TransactionResult,
} from '../core/transaction.js';
import { toCreation } from '../core/znode-arguments.js';
import { multiRequest, type WireRequest } from '../protocol/requests.js';
import { ServerCode } from '../protocol/server-code.js';
import { serverError, serverErrorOf } from '../protocol/server-error.js';
import type { TransactionOutcome } from '../protocol/transaction-outcomes.js';
import type { Chroot } from './session/chroot.js';

type SendTransaction = (wire: WireRequest<TransactionOutcome[]>, path: string) => Promise<TransactionOutcome[]>;

/** Begins a transaction below the chroot. */
export function newTransaction(chroot: Chroot, sendMulti: SendTransaction): Transaction {
  const send = async (operations: readonly TransactionOperation[]): Promise<TransactionResult[]> => {
    const absolute = operations.map((operation) => {
      const mode = operation.type === 'create' ? operation.mode : 'persistent';
      return { ...operation, path: chroot.absoluteOf(operation.path, mode) };
    });
    const outcomes = await sendMulti(multiRequest(absolute), operations[0]?.path ?? '/');
    return outcomes.map((outcome) => toResult(outcome, chroot, () => failure(operations, outcomes)));
  };
  return new Transaction({ toCreation, send });
}

function toResult(outcome: TransactionOutcome, chroot: Chroot, toFailure: () => Error): TransactionResult {
  if (outcome.type === 'error') throw toFailure();
  return outcome.type === 'create' ? { type: 'create', path: chroot.relative(outcome.path) } : outcome;
}

function failure(operations: readonly TransactionOperation[], outcomes: readonly TransactionOutcome[]): Error {
  const errors = outcomes.map((outcome) => (outcome.type === 'error' ? outcome.error : 0));
  const undone = ServerCode.RUNTIME_INCONSISTENCY;
  const { operation, error, messageOf } = failedOperationOf(operations, errors, undone);
  const path = operation?.path ?? '/';
  const cause = serverError(error, operation?.type ?? 'operation', path, true);
  return serverErrorOf(cause.code, messageOf(cause), {
    path,
    ...(cause.serverCode !== undefined && { serverCode: cause.serverCode }),
  });
}
