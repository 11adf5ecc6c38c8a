import type { Stat } from '../../core/coordination-client.js';
import { CreateFlags } from '../../protocol/create-flags.js';
import type { JuteReader } from '../../protocol/jute.js';
import { type MultiOperation, type MultiOutcome, multiRecord, multiResponseRecord } from '../../protocol/multi.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { Outcome } from '../tree/database.js';
import type { Txn } from '../tree/txn.js';
import { ownershipOf } from '../tree/znode.js';
import { type Answer, answer } from './answer.js';
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
import { type PreparedWrite, refusedWrite } from './prepared-write.js';

const UNREADABLE = refusedWrite(ServerCode.MARSHALLING_ERROR);

/** Reads the operations of a multi, and checks each against the tree that the earlier ones leave. */
export function prepareMulti(reader: JuteReader, tree: TreeView, requester: Requester): PreparedWrite {
  const operations = multiRecord.read(reader);
  if (!operations.every(isChange)) return UNREADABLE;
  const view = new PendingView(tree);
  const txns: Txn[] = [];
  for (const operation of operations) {
    const prepared = prepareOne(operation, view, requester);
    if (prepared === null) return UNREADABLE;
    if (typeof prepared === 'number') return refusedWrite(prepared, undone(operations.length, txns.length, prepared));
    view.note(prepared);
    txns.push(prepared);
  }
  return { txn: { type: 'multi', txns }, answer: (outcome) => answerAll(txns, outcome as Outcome[]) };
}

function answerAll(txns: readonly Txn[], outcomes: readonly Outcome[]): Answer {
  return answer(
    multiResponseRecord,
    txns.map((txn, index) => toOutcome(txn, outcomes[index] ?? null)),
  );
}

type Change = Exclude<MultiOperation, { op: 'getData' | 'getChildren' }>;

function isChange(operation: MultiOperation): operation is Change {
  return operation.op !== 'getData' && operation.op !== 'getChildren';
}

/** `null` for the flags of a TTL znode in a record without a TTL. */
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

/** In a multi the flags decide what is created, not the operation. */
function opOf(flags: number): CreateOperation {
  if (flags === CreateFlags.ttl || flags === CreateFlags.ttlSequential) return 'createTtl';
  return flags === CreateFlags.container ? 'createContainer' : 'create';
}

/** No error for the operations before the failed one, and "undone because of another" for those after it. */
function undone(count: number, failed: number, error: number): Answer {
  const outcomes = Array.from({ length: count }, (_, index): MultiOutcome => {
    if (index < failed) return { op: 'error', error: 0 };
    return { op: 'error', error: index === failed ? error : ServerCode.RUNTIME_INCONSISTENCY };
  });
  return answer(multiResponseRecord, outcomes);
}

function toOutcome(txn: Txn, outcome: Outcome): MultiOutcome {
  switch (txn.type) {
    case 'create': {
      const { path, ephemeralOwner } = txn;
      const ownership = ownershipOf(ephemeralOwner);
      const hasStat = ownership === 'container' || ownership === 'ttl';
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
