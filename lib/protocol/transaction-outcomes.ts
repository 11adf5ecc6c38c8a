import type { CreateMode, Stat } from '../core/coordination-client.js';
import type { TransactionOperation } from '../core/transaction.js';
import type { JuteReader } from './jute.js';
import { type MultiOutcome, multiResponseRecord } from './multi.js';
import { implausible, requireCreated, requireDataLength, requirePlausibleStat } from './replies.js';
import { requireUnmoved } from './session-moved.js';

/** The outcome of one operation of a transaction. An `error` of 0: undone because of another operation. */
export type TransactionOutcome =
  | { readonly type: 'create'; path: string }
  | { readonly type: 'setData'; stat: Stat }
  | { readonly type: 'delete' }
  | { readonly type: 'check' }
  | { readonly type: 'error'; error: number };

/** The part of an operation that its result is compared with. Without the data, which may be large. */
export interface Expectation {
  readonly type: TransactionOperation['type'];
  readonly path: string;
  readonly mode: CreateMode;
  readonly dataLength: number;
}

export function expectationOf(operation: TransactionOperation): Expectation {
  const { type, path } = operation;
  const mode = type === 'create' ? operation.mode : 'persistent';
  return { type, path, mode, dataLength: 'data' in operation ? operation.data.length : 0 };
}

/**
 * Reads the reply to a transaction: one result for each operation, of its own type; or an error for each, at least one
 * of which is no mere consequence.
 */
export function outcomesOf(reader: JuteReader, expected: readonly Expectation[]): TransactionOutcome[] {
  const results = multiResponseRecord.read(reader, expected.length);
  if (results.length !== expected.length) {
    throw implausible(`${results.length} results for ${expected.length} operations`);
  }
  if (!results.some(({ op }) => op === 'error')) {
    return results.map((result, index) => outcomeOf(result, expected[index] as Expectation, reader));
  }
  const errors = results.map(errorOf);
  for (const { error } of errors) requireUnmoved(error);
  if (errors.every(({ error }) => error === 0)) throw implausible('errors without a reason');
  return errors;
}

function errorOf(result: MultiOutcome): { type: 'error'; error: number } {
  if (result.op !== 'error') throw implausible(`the result of a ${result.op} beside an error`);
  return { type: 'error', error: result.error };
}

function outcomeOf(
  result: MultiOutcome,
  { type, path, mode, dataLength }: Expectation,
  reader: JuteReader,
): TransactionOutcome {
  const op = result.op === 'create2' ? 'create' : result.op;
  if (op !== type) throw implausible(`the result of a ${op} for a ${type}`);
  if ('stat' in result) requirePlausibleStat(result.stat, reader);
  if (type === 'create') {
    const created = (result as { path: string }).path;
    requireCreated(created, path, mode);
    return { type, path: created };
  }
  if (type !== 'setData') return { type };
  const { stat } = result as { stat: Stat };
  requireDataLength(stat, dataLength);
  return { type, stat };
}
