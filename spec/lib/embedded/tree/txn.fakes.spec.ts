import { describe, expect, it } from 'vitest';
import { decodeTxn, encodeTxn, type Txn } from '../../../../lib/embedded/tree/txn.js';
import { CONTAINER_OWNER } from '../../../../lib/embedded/tree/znode.js';
import { JuteReader, JuteWriter } from '../../../../lib/protocol/jute.js';

const HEADER = { zxid: 2n ** 40n + 1n, time: 1_700_000_000_000, sessionId: -(2n ** 63n) };
const ACL = [
  { perms: 31, scheme: 'world', id: 'anyone' },
  { perms: 1, scheme: 'digest', id: 'ü:x=' },
];

const TXNS: Txn[] = [
  { type: 'createSession', password: Buffer.from([0, 1, 255]), timeout: 2 ** 31 - 1 },
  { type: 'closeSession', paths: [] },
  { type: 'closeSession', paths: ['/a', '/ümläut'] },
  { type: 'create', path: '/a', data: null, acl: ACL, ephemeralOwner: 0n, creations: 1 },
  {
    type: 'create',
    path: '/a',
    data: Buffer.alloc(0),
    acl: [],
    ephemeralOwner: CONTAINER_OWNER,
    creations: -(2 ** 31),
  },
  { type: 'delete', path: '/a' },
  { type: 'setData', path: '/', data: null, version: 0 },
  { type: 'setData', path: '/a', data: Buffer.alloc(1_000, 7), version: -(2 ** 31) },
  { type: 'setAcl', path: '/a', acl: ACL, version: 7 },
  { type: 'check', path: '/a' },
  { type: 'error', error: -101 },
  { type: 'multi', txns: [] },
];

const bytesOf = (txn: Txn): Buffer => encodeTxn(HEADER, txn);
const read = (bytes: Buffer): Txn => decodeTxn(HEADER.zxid, new JuteReader(bytes))[1];

describe('a transaction in the log', () => {
  it.each([...TXNS, { type: 'multi', txns: TXNS } as const])('is decoded as it was encoded: $type', (txn) => {
    expect(decodeTxn(HEADER.zxid, new JuteReader(bytesOf(txn)))).toEqual([HEADER, txn]);
  });

  it('of an unknown type is rejected', () => {
    const bytes = new JuteWriter().safeLong(0).long(0n).int(99).bytes;
    expect(() => read(bytes)).toThrow(/type 99/);
  });

  it.each(TXNS)('is rejected when its last byte is missing: $type', (txn) => {
    const bytes = bytesOf(txn);
    expect(() => read(bytes.subarray(0, -1))).toThrow();
  });

  it.each(TXNS)('is rejected when a byte follows it: $type', (txn) => {
    expect(() => read(Buffer.concat([bytesOf(txn), Buffer.from([0])]))).toThrow(/bytes follow its end/);
  });
});
