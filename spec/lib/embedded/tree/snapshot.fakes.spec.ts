import { describe, expect, it } from 'vitest';
import type { Acl } from '../../../../index.js';
import { Database } from '../../../../lib/embedded/tree/database.js';
import { readSnapshot, writeSnapshot } from '../../../../lib/embedded/tree/snapshot.js';
import type { Txn } from '../../../../lib/embedded/tree/txn.js';
import { CONTAINER_OWNER, ttlOwner } from '../../../../lib/embedded/tree/znode.js';

const SESSION = 0x1234n;
const OPEN: Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const NOTHING = { data: null, acl: OPEN, ephemeralOwner: 0n };

/** A database after the transactions. */
function databaseAfter(...transactions: Txn[]): Database {
  const database = new Database();
  for (const transaction of transactions) {
    const zxid = database.lastZxid + 1n;
    database.apply({ zxid, time: 1_000 + Number(zxid), sessionId: SESSION }, transaction);
  }
  return database;
}

function snapshotOf(database: Database): Buffer {
  return Buffer.concat([...writeSnapshot(database)]);
}

/** A database restored from the snapshot of another. */
function copyOf(database: Database): Database {
  const copy = new Database();
  readSnapshot(copy, database.lastZxid, snapshotOf(database));
  return copy;
}

function stateOf({ lastZxid, sessions, tree }: Database): unknown {
  return {
    lastZxid,
    sessions: [...sessions.values()].map(({ id, password, timeout }) => ({ id, password, timeout })),
    znodes: new Map(
      [...tree.entries()].map(([path, { data, acl, stat, ephemeralOwner, creations, children }]) => [
        path,
        { data: data?.toString('hex') ?? null, acl, stat, ephemeralOwner, creations, children: new Set(children) },
      ]),
    ),
    ephemerals: tree.ephemeralsOf(SESSION),
    expiring: new Set(tree.expiring),
    size: tree.size,
  };
}

const EVENTFUL: Txn[] = [
  { type: 'createSession', password: Buffer.from('0123456789abcdef'), timeout: 4_000 },
  { type: 'create', path: '/a', ...NOTHING, creations: 1 },
  { type: 'create', path: '/a/b', ...NOTHING, data: Buffer.alloc(0), creations: 1 },
  { type: 'create', path: '/mine', ...NOTHING, data: Buffer.from([0, 255]), ephemeralOwner: SESSION, creations: 2 },
  { type: 'create', path: '/container', ...NOTHING, ephemeralOwner: CONTAINER_OWNER, creations: 3 },
  { type: 'create', path: '/ttl', ...NOTHING, ephemeralOwner: ttlOwner(5n), creations: 4 },
  { type: 'delete', path: '/a/b' },
  { type: 'delete', path: '/a' },
  { type: 'create', path: '/a', ...NOTHING, creations: 5 },
  { type: 'setData', path: '/a', data: Buffer.from('x'), version: -7 },
  { type: 'setAcl', path: '/a', acl: [{ perms: 1, scheme: 'ip', id: '127.0.0.1' }], version: 3 },
  { type: 'setData', path: '/', data: Buffer.from('root'), version: 1 },
  { type: 'setAcl', path: '/zookeeper', acl: [{ perms: 3, scheme: 'world', id: 'anyone' }], version: 1 },
  { type: 'create', path: '/zookeeper/own', ...NOTHING, creations: 1 },
  { type: 'error', error: -101 },
];

describe('a snapshot', () => {
  it('of an empty server restores an empty server', () => {
    const empty = new Database();
    expect(stateOf(copyOf(empty))).toEqual(stateOf(empty));
  });

  it('restores sessions, znodes, and all state that later transactions depend on', () => {
    const database = databaseAfter(...EVENTFUL);
    expect(stateOf(copyOf(database))).toEqual(stateOf(database));
  });

  it('restores a database that applies later transactions in the same way', () => {
    const [one, other] = [databaseAfter(...EVENTFUL), copyOf(databaseAfter(...EVENTFUL))];
    const later: Txn[] = [
      { type: 'create', path: '/a/c', ...NOTHING, creations: 1 },
      { type: 'closeSession', paths: ['/mine'] },
    ];
    for (const database of [one, other]) {
      for (const transaction of later) {
        database.apply({ zxid: database.lastZxid + 1n, time: 5, sessionId: SESSION }, transaction);
      }
    }
    expect(stateOf(other)).toEqual(stateOf(one));
    expect(other.sessions.size).toBe(0);
  });

  it('does not contain transactions from after it was drawn', () => {
    const database = databaseAfter(...EVENTFUL);
    const pieces = [...writeSnapshot(database)];
    const before = Buffer.concat(pieces);
    database.tree.get('/mine')?.data?.fill(7);
    database.apply({ zxid: 100n, time: 5, sessionId: SESSION }, { type: 'closeSession', paths: ['/mine'] });
    expect(Buffer.concat(pieces)).toEqual(before);
  });

  it('comes in several pieces when it is large', () => {
    const large = Array.from({ length: 20 }, (_, index): Txn => {
      return {
        type: 'create',
        path: `/n${index}`,
        ...NOTHING,
        data: Buffer.alloc(100_000, index),
        creations: index + 1,
      };
    });
    const database = databaseAfter(...large);
    const pieces = [...writeSnapshot(database)];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(500_000);
    expect(stateOf(copyOf(database))).toEqual(stateOf(database));
  });

  it.each([1, 40, 200])('is rejected when its last %i bytes are missing', (missing) => {
    const bytes = snapshotOf(databaseAfter(...EVENTFUL));
    expect(() => readSnapshot(new Database(), 1n, bytes.subarray(0, bytes.length - missing))).toThrow();
  });

  it('is rejected when bytes follow it', () => {
    const bytes = snapshotOf(databaseAfter(...EVENTFUL));
    expect(() => readSnapshot(new Database(), 1n, Buffer.concat([bytes, Buffer.from([0])]))).toThrow(
      /bytes follow its end/,
    );
  });
});
