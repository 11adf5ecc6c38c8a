import type { Stat } from '../../core/coordination-client.js';
import { CreateFlags } from '../../protocol/create-flags.js';
import type { JuteReader } from '../../protocol/jute.js';
import { type MultiOperation, type MultiOutcome, multiRequest, multiResponse } from '../../protocol/multi.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { Outcome } from '../tree/database.js';
import type { Transaction } from '../tree/transaction.js';
import { kindOf } from '../tree/znode.js';
import { type Answer, answer, refusal } from './answer.js';
import { PendingView } from './pending-view.js';
import {
  type CreateOperation,
  type Prepared,
  prepareCheck,
  prepareCreate,
  prepareDelete,
  prepareSetData,
  type Requester,
  type TreeView,
} from './preparation.js';

/** Several changes, found to be possible together; or what is answered when they are not. */
export type PreparedMulti =
  | { readonly transactions: readonly Transaction[] }
  | { readonly error: number; readonly answer: Answer };

const unreadable: PreparedMulti = {
  error: ServerCode.MARSHALLING_ERROR,
  answer: refusal(ServerCode.MARSHALLING_ERROR),
};

/** Reads a transaction's operations, and finds out whether they are possible one after the other. */
export function prepareMulti(reader: JuteReader, tree: TreeView, requester: Requester): PreparedMulti {
  const operations = multiRequest.read(reader);
  if (!operations.every(isChange)) return unreadable;
  const view = new PendingView(tree);
  const transactions: Transaction[] = [];
  for (const operation of operations) {
    const prepared = prepareOne(operation, view, requester);
    if (prepared === null) return unreadable;
    if (typeof prepared === 'number') {
      return { error: prepared, answer: undone(operations.length, transactions.length, prepared) };
    }
    view.note(prepared);
    transactions.push(prepared);
  }
  return { transactions };
}

/** What a transaction is answered with once it has happened. */
export function answerMulti(transactions: readonly Transaction[], outcomes: readonly Outcome[]): Answer {
  return answer(
    multiResponse,
    transactions.map((transaction, index) => toOutcome(transaction, outcomes[index] ?? null)),
  );
}

type Change = Exclude<MultiOperation, { op: 'getData' | 'getChildren' }>;

function isChange(operation: MultiOperation): operation is Change {
  return operation.op !== 'getData' && operation.op !== 'getChildren';
}

/** `null` for a time to live without its record. */
function prepareOne(operation: Change, view: TreeView, requester: Requester): Prepared | null {
  switch (operation.op) {
    case 'create':
    case 'create2':
    case 'createContainer':
    case 'createTtl': {
      const op = opOf(operation.flags);
      if (op !== 'createTtl') return prepareCreate(op, { ...operation, ttl: -1n }, view, requester);
      return operation.op === 'createTtl' ? prepareCreate(op, operation, view, requester) : null;
    }
    case 'delete':
      return prepareDelete(operation, view, requester);
    case 'setData':
      return prepareSetData(operation, view, requester);
    case 'check':
      return prepareCheck(operation, view, requester);
  }
}

/** In a transaction the flags say what is created, and not the operation. */
function opOf(flags: number): CreateOperation {
  if (flags === CreateFlags.ttl || flags === CreateFlags.ttlSequential) return 'createTtl';
  return flags === CreateFlags.container ? 'createContainer' : 'create';
}

/** No error for those before the one that failed, and "undone for another" for those after it. */
function undone(count: number, failed: number, error: number): Answer {
  const outcomes = Array.from({ length: count }, (_, index): MultiOutcome => {
    if (index < failed) return { op: 'error', error: 0 };
    return { op: 'error', error: index === failed ? error : ServerCode.RUNTIME_INCONSISTENCY };
  });
  return answer(multiResponse, outcomes);
}

function toOutcome(transaction: Transaction, outcome: Outcome): MultiOutcome {
  switch (transaction.type) {
    case 'create': {
      const { path, ephemeralOwner } = transaction;
      const kind = kindOf(ephemeralOwner);
      const hasStat = kind === 'container' || kind === 'ttl';
      return hasStat ? { op: 'create2', path, stat: outcome as Stat } : { op: 'create', path };
    }
    case 'setData':
      return { op: 'setData', stat: outcome as Stat };
    case 'delete':
      return { op: 'delete' };
    default:
      return { op: 'check' };
  }
}
