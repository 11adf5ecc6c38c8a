import { describe, expect, it } from 'vitest';
import { OPEN_ACL } from '../../../../lib/core/open-acl.js';
import type { Answer } from '../../../../lib/embedded/requests/answer.js';
import { dispatch } from '../../../../lib/embedded/requests/dispatch.js';
import { Database } from '../../../../lib/embedded/tree/database.js';
import { JuteReader, JuteWriter } from '../../../../lib/protocol/jute.js';
import { OpCode, type Operation } from '../../../../lib/protocol/op-code.js';
import { ServerCode } from '../../../../lib/protocol/server-code.js';
import type { RequestName, RequestRecord } from '../../../../testing/raw-messages.js';
import { recordOf } from '../../../support/hostile-client.js';

const TYPES: Readonly<Record<string, readonly Operation[]>> = {
  read: [
    ...(['exists', 'getData', 'getChildren', 'getChildren2', 'getAcl', 'getEphemerals'] as const),
    ...(['getAllChildrenNumber', 'multiRead', 'ping', 'whoAmI'] as const),
  ],
  watches: ['setWatches', 'setWatches2', 'addWatch', 'checkWatches', 'removeWatches'],
  sync: ['sync'],
  write: [
    ...(['create', 'create2', 'createContainer', 'createTtl', 'delete', 'setData', 'setAcl'] as const),
    ...(['check', 'multi', 'reconfig'] as const),
  ],
  closeSession: ['closeSession'],
  auth: ['auth'],
  sasl: ['sasl'],
  unknown: ['error'],
};

const CREATE = { path: '/a', data: null, acl: [...OPEN_ACL], flags: 0 };

/** Prepares a write against an empty tree. */
function prepare<N extends RequestName>(name: N, record: RequestRecord<N>) {
  const request = dispatch(OpCode[name as Operation]);
  if (request.type !== 'write') throw new Error(`${name} is a ${request.type}`);
  const { tree } = new Database();
  return request.prepare(new JuteReader(recordOf(name, record)), tree, { sessionId: 1n, identities: [] });
}

function bytesOf({ write }: Answer): Buffer {
  const writer = new JuteWriter();
  write?.(writer);
  return writer.bytes;
}

describe('the dispatch', () => {
  it('has one type for each operation of the protocol', () => {
    const dispatched = Object.entries(OpCode).map(([name, op]) => [name, dispatch(op).type]);
    const expected = Object.entries(TYPES).flatMap(([type, names]) => names.map((name) => [name, type]));
    expect(new Map(dispatched as [string, string][])).toEqual(new Map(expected as [string, string][]));
  });

  it.each([0, 10, 999, 2 ** 31 - 1])('knows no operation %i', (op) => {
    expect(dispatch(op)).toEqual({ type: 'unknown' });
  });
});

describe('a write', () => {
  it('becomes a transaction, whose outcome makes the answer', () => {
    const { txn, answer } = prepare('create', CREATE);
    expect(txn).toMatchObject({ type: 'create', path: '/a', creations: 1 });
    expect(answer(null)).toMatchObject({ error: 0 });
    expect(bytesOf(answer(null))).toEqual(Buffer.from('\0\0\0\x02/a', 'latin1'));
  });

  it('that is not possible becomes an error transaction with its answer', () => {
    const { txn, answer } = prepare('delete', { path: '/none', version: -1 });
    expect(txn).toEqual({ type: 'error', error: ServerCode.NO_NODE });
    expect(answer(null)).toEqual({ error: ServerCode.NO_NODE, write: null });
  });

  it('of several operations becomes one transaction, or one error with an answer for each operation', () => {
    const good = prepare('multi', [{ op: 'create', ...CREATE }]);
    expect(good.txn).toMatchObject({ type: 'multi', txns: [{ type: 'create', path: '/a' }] });
    const bad = prepare('multi', [
      { op: 'create', ...CREATE },
      { op: 'delete', path: '/none', version: -1 },
    ]);
    expect(bad.txn).toEqual({ type: 'error', error: ServerCode.NO_NODE });
    expect(bad.answer(null).error).toBe(0);
    expect(bytesOf(bad.answer(null)).length).toBeGreaterThan(0);
  });
});
