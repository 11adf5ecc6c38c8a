import type { JuteReader } from '../../protocol/jute.js';
import type { Outcome } from '../tree/database.js';
import type { Txn } from '../tree/txn.js';
import { type Answer, refusal } from './answer.js';
import type { Requester, TreeView } from './preparation.js';

/** A write that was checked: the transaction to commit, and the answer for its outcome. */
export interface PreparedWrite {
  readonly txn: Txn;
  answer(outcome: Outcome): Answer;
}

/** Reads the request's record and checks the write against the tree. */
export type PrepareWrite = (reader: JuteReader, view: TreeView, requester: Requester) => PreparedWrite;

/** A write that is not possible. It takes a zxid all the same, as in ZooKeeper. */
export function refusedWrite(error: number, answer: Answer = refusal(error)): PreparedWrite {
  return { txn: { type: 'error', error }, answer: () => answer };
}
