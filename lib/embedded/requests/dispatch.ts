import type { JuteReader } from '../../protocol/jute.js';
import { pathOnlyRecord } from '../../protocol/messages.js';
import { OpCode, type Operation } from '../../protocol/op-code.js';
import { type Answer, answer } from './answer.js';
import type { PrepareWrite } from './prepared-write.js';
import { READS, type ReadContext } from './reads.js';
import { WATCH_REQUESTS, type WatchContext } from './watch-requests.js';
import { WRITES } from './writes.js';

/** A request that each server answers from its own state. */
interface Read {
  readonly type: 'read';
  readonly answer: (reader: JuteReader, context: ReadContext) => Answer;
}

/** A request about this server's watches alone. */
interface WatchRequest {
  readonly type: 'watches';
  readonly answer: (reader: JuteReader, context: WatchContext) => Answer;
}

/** A request whose answer waits until this server has caught up with the leader. */
interface Sync {
  readonly type: 'sync';
  readonly answer: (reader: JuteReader) => Answer;
}

/** A request that becomes a transaction, a multi included. The leader prepares it and commits the transaction. */
interface Write {
  readonly type: 'write';
  readonly prepare: PrepareWrite;
}

/**
 * The way to serve a request. The caller decides where a write is committed and when an answer is sent: the embedded
 * server does both at once, the simulated ensemble orders the write and holds the answer back.
 */
export type Dispatch =
  | Read
  | WatchRequest
  | Sync
  | Write
  | { readonly type: 'closeSession' }
  | { readonly type: 'auth' }
  | { readonly type: 'sasl' }
  | { readonly type: 'unknown' };

const NONE: ReadonlySet<Operation> = new Set();
const UNKNOWN: Dispatch = { type: 'unknown' };

const DISPATCHES: ReadonlyMap<number, Dispatch> = new Map([
  ...numbered(READS, (read): Dispatch => ({ type: 'read', answer: read })),
  ...numbered(WATCH_REQUESTS, (request): Dispatch => ({ type: 'watches', answer: request })),
  ...numbered(WRITES, (prepare): Dispatch => ({ type: 'write', prepare })),
  [OpCode.sync, { type: 'sync', answer: (reader) => answer(pathOnlyRecord, pathOnlyRecord.read(reader)) }],
  [OpCode.closeSession, { type: 'closeSession' }],
  [OpCode.auth, { type: 'auth' }],
  [OpCode.sasl, { type: 'sasl' }],
]);

/**
 * Classifies a request by its operation, without reading its record.
 *
 * @param unknown operations that count as unknown
 */
export function dispatch(op: number, unknown: ReadonlySet<Operation> = NONE): Dispatch {
  return includesNumber(unknown, op) ? UNKNOWN : (DISPATCHES.get(op) ?? UNKNOWN);
}

/** Whether the operation with the number is among these. */
export function includesNumber(operations: ReadonlySet<Operation>, op: number): boolean {
  for (const operation of operations) if (OpCode[operation] === op) return true;
  return false;
}

function numbered<H>(
  handlers: { readonly [N in Operation]?: H },
  toDispatch: (handler: H) => Dispatch,
): [number, Dispatch][] {
  return Object.entries(handlers).map(([op, handler]) => [OpCode[op as Operation], toDispatch(handler as H)]);
}
