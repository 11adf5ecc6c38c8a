import type { Stat } from '../../core/coordination-client.js';
import type { Codec } from '../../protocol/codec.js';
import type { JuteReader } from '../../protocol/jute.js';
import * as message from '../../protocol/messages.js';
import type { Outcome } from '../tree/database.js';
import type { Transaction } from '../tree/transaction.js';
import { type Answer, answer, DONE } from './answer.js';
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

/** One kind of change: what it becomes, and how it is answered once it has happened. */
export interface Write {
  /** Reads the request's record and finds out whether the change is possible. */
  prepare(reader: JuteReader, view: TreeView, requester: Requester): Prepared;
  answer(transaction: Transaction, outcome: Outcome): Answer;
}

/** The operations that change the tree, several at once excepted. */
export const WRITES = {
  create: create('create', ({ path }) => answer(message.pathOnly, { path })),
  create2: create('create2', (created) => answer(message.pathAndStat, created)),
  createContainer: create('createContainer', (created) => answer(message.pathAndStat, created)),

  createTtl: {
    prepare: (reader, view, requester) =>
      prepareCreate('createTtl', message.createTtlRequest.read(reader), view, requester),
    answer: (transaction, stat) => answer(message.pathAndStat, { path: pathOf(transaction), stat: stat as Stat }),
  },

  delete: write(message.pathAndVersion, prepareDelete, () => DONE),
  setData: write(message.setDataRequest, prepareSetData, toStat),
  setAcl: write(message.setAclRequest, prepareSetAcl, toStat),

  // The real server never answers a check that holds, outside of a transaction.
  check: write(message.pathAndVersion, prepareCheck, () => DONE),
} as const satisfies Record<string, Write>;

function write<T>(
  codec: Codec<T>,
  prepare: (request: T, view: TreeView, requester: Requester) => Prepared,
  toAnswer: (outcome: Outcome) => Answer,
): Write {
  return {
    prepare: (reader, view, requester) => prepare(codec.read(reader), view, requester),
    answer: (_transaction, outcome) => toAnswer(outcome),
  };
}

function create(op: CreateOperation, toAnswer: (created: { path: string; stat: Stat }) => Answer): Write {
  return {
    prepare: (reader, view, requester) =>
      prepareCreate(op, { ...message.createRequest.read(reader), ttl: -1n }, view, requester),
    answer: (transaction, stat) => toAnswer({ path: pathOf(transaction), stat: stat as Stat }),
  };
}

function toStat(outcome: Outcome): Answer {
  return answer(message.statOnly, { stat: outcome as Stat });
}

function pathOf(transaction: Transaction): string {
  return 'path' in transaction ? transaction.path : '';
}
