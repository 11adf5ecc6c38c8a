import type { Stat } from '../../core/coordination-client.js';
import type { Codec } from '../../protocol/codec.js';
import * as message from '../../protocol/messages.js';
import { ServerCode } from '../../protocol/server-code.js';
import type { Outcome } from '../tree/database.js';
import type { Txn } from '../tree/txn.js';
import { type Answer, answer, DONE } from './answer.js';
import { prepareMulti } from './multi-write.js';
import {
  type CreateOperation,
  type Prepared,
  prepareCheck,
  prepareCreate,
  prepareDelete,
  prepareSetAcl,
  prepareSetData,
  type Requester,
  type TreeView,
} from './preparation.js';
import { type PreparedWrite, type PrepareWrite, refusedWrite } from './prepared-write.js';

/** The operations that take a zxid, whether they succeed or not. */
export const WRITES = {
  create: create('create', ({ path }) => answer(message.pathOnlyRecord, { path })),
  create2: create('create2', (created) => answer(message.pathAndStatRecord, created)),
  createContainer: create('createContainer', (created) => answer(message.pathAndStatRecord, created)),
  createTtl: write(
    message.createTtlRecord,
    (request, view, requester) => prepareCreate('createTtl', request, view, requester),
    (outcome, txn) => answer(message.pathAndStatRecord, created(txn, outcome)),
  ),
  delete: write(message.pathAndVersionRecord, prepareDelete, () => DONE),
  setData: write(message.setDataRecord, prepareSetData, toStat),
  setAcl: write(message.setAclRecord, prepareSetAcl, toStat),
  // ZooKeeper never answers a check that succeeds outside of a multi.
  check: write(message.pathAndVersionRecord, prepareCheck, () => DONE),
  multi: prepareMulti,
  reconfig: () => refusedWrite(ServerCode.RECONFIG_DISABLED),
} as const satisfies Record<string, PrepareWrite>;

function write<T>(
  codec: Codec<T>,
  prepare: (request: T, view: TreeView, requester: Requester) => Prepared,
  toAnswer: (outcome: Outcome, txn: Txn) => Answer,
): PrepareWrite {
  return (reader, view, requester) => toWrite(prepare(codec.read(reader), view, requester), toAnswer);
}

function create(op: CreateOperation, toAnswer: (created: { path: string; stat: Stat }) => Answer): PrepareWrite {
  return write(
    message.createRecord,
    (request, view, requester) => prepareCreate(op, { ...request, ttl: -1n }, view, requester),
    (outcome, txn) => toAnswer(created(txn, outcome)),
  );
}

function toWrite(prepared: Prepared, toAnswer: (outcome: Outcome, txn: Txn) => Answer): PreparedWrite {
  if (typeof prepared === 'number') return refusedWrite(prepared);
  return { txn: prepared, answer: (outcome) => toAnswer(outcome, prepared) };
}

function toStat(outcome: Outcome): Answer {
  return answer(message.statOnlyRecord, { stat: outcome as Stat });
}

function created(txn: Txn, outcome: Outcome): { path: string; stat: Stat } {
  return { path: 'path' in txn ? txn.path : '', stat: outcome as Stat };
}
