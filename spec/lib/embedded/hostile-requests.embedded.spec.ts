import { describe, expect, it } from 'vitest';
import { OPEN_ACL } from '../../../lib/core/open-acl.js';
import { prepareCreate, prepareSetAcl, prepareSetData } from '../../../lib/embedded/requests/preparation.js';
import { Znode } from '../../../lib/embedded/tree/znode.js';
import { OpCode } from '../../../lib/protocol/op-code.js';
import type { RequestName, RequestRecord } from '../../../testing/raw-messages.js';
import { AttackedServer } from '../../support/attacked-server.js';
import { answersIn, frameOf, ints, recordOf, requestFrame } from '../../support/hostile-client.js';
import { LARGEST_INT, text } from '../../support/hostility.js';

const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const CREATE = { path: '/created', data: Buffer.from('data'), acl: ACL, flags: 0 };
const TRUNCATED = 'is malformed: (the record is truncated|a list of \\d+ in \\d+ bytes)$';

const OPERATIONS: { readonly [N in RequestName]?: RequestRecord<N> } = {
  create: CREATE,
  create2: CREATE,
  createContainer: { ...CREATE, flags: 4 },
  createTtl: { ...CREATE, flags: 5, ttl: 1_000n },
  delete: { path: '/none', version: -1 },
  exists: { path: '/none', watch: true },
  getData: { path: '/none', watch: true },
  setData: { path: '/none', data: Buffer.from('data'), version: -1 },
  getAcl: { path: '/none' },
  setAcl: { path: '/none', acl: ACL, version: -1 },
  getChildren: { path: '/none', watch: true },
  getChildren2: { path: '/none', watch: true },
  sync: { path: '/none' },
  check: { path: '/none', version: 1 },
  multi: [{ op: 'create', ...CREATE }],
  multiRead: [{ op: 'getData', path: '/none', watch: false }],
  checkWatches: { path: '/none', type: 3 },
  removeWatches: { path: '/none', type: 3 },
  setWatches: { relativeZxid: 1n, data: ['/none'], exist: ['/none'], child: ['/none'] },
  setWatches2: {
    relativeZxid: 1n,
    data: ['/none'],
    exist: ['/none'],
    child: ['/none'],
    persistent: ['/none'],
    persistentRecursive: ['/none'],
  },
  getEphemerals: { path: '/none' },
  getAllChildrenNumber: { path: '/none' },
  addWatch: { path: '/none', mode: 0 },
};

const TESTED = Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[];

describe('a request', () => {
  it.each(TESTED)(
    '%s, truncated at any byte of its record, is answered with -5 and ends the connection',
    async (name) => {
      await using attacked = await AttackedServer.start();
      const record = recordOf(name, OPERATIONS[name] as never);
      for (let length = 0; length < record.length; length += 1) {
        attacked.logger.clear();
        const client = await attacked.open();
        client.send(frameOf(7, OpCode[name], record.subarray(0, length)));
        await attacked.expectEnded(client, new RegExp(`^its request of operation ${OpCode[name]} ${TRUNCATED}`));
        expect(answersIn(client.answers)).toMatchObject([{ xid: 7, error: -5, record: Buffer.alloc(0) }]);
      }
      expect(await attacked.other.exists('/created')).toBeNull();
      await attacked.expectWatches(0);
    },
  );

  it.each(TESTED)('%s with extra bytes after its record is answered as without them', async (name) => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    const record = Buffer.concat([recordOf(name, OPERATIONS[name] as never), text('\x00\xff more')]);
    client.send(
      Buffer.concat([frameOf(7, OpCode[name], record), requestFrame(8, 'exists', { path: '/', watch: false })]),
    );
    await client.chunks.until(() => answersIn(client.answers).some(({ xid }) => xid === 8), { describe: 'answers' });
    expect(answersIn(client.answers).find(({ xid }) => xid === 7)?.error).not.toBe(-5);
    expect(attacked.warnings).toEqual([]);
    await attacked.expectUndisturbed();
  });

  const path = (length: number, name = '/none'): Buffer => Buffer.concat([ints(length), Buffer.from(name)]);

  it.each([
    { name: 'a path of a length of 2^31-1', op: 'getData', record: path(LARGEST_INT), flaw: 'the record is truncated' },
    { name: 'a path of a length of -2', op: 'getData', record: path(-2), flaw: 'a string is missing' },
    { name: 'a path of a length of -2^31', op: 'exists', record: path(-(2 ** 31)), flaw: 'a string is missing' },
    {
      name: 'data of a length of -2',
      op: 'setData',
      record: Buffer.concat([path(8, '/watched'), ints(-2, -1)]),
      flaw: 'a length of -2',
    },
    {
      name: 'data of a length of 2^31-1',
      op: 'setData',
      record: Buffer.concat([path(8, '/watched'), ints(LARGEST_INT, -1)]),
      flaw: 'the record is truncated',
    },
    {
      name: 'an ACL of 2^31-1 entries',
      op: 'create',
      record: Buffer.concat([path(5), ints(0, LARGEST_INT), Buffer.alloc(500_000)]),
      flaw: 'a list of 2147483647 in 500000 bytes',
    },
    {
      name: '2^31-1 watches to set',
      op: 'setWatches',
      record: Buffer.concat([ints(0, 0, LARGEST_INT), Buffer.alloc(500_000)]),
      flaw: 'a list of 2147483647 in 500000 bytes',
    },
    {
      name: 'a transaction without an end',
      op: 'multi',
      record: recordOf(
        'multi',
        Array.from({ length: 20_000 }, () => ({ op: 'delete', path: '/watched', version: -1 })),
      ).subarray(0, -9),
      flaw: 'the record is truncated',
    },
    {
      name: 'an operation 99 in a transaction',
      op: 'multi',
      record: Buffer.concat([ints(99), Buffer.of(0), ints(-1)]),
      flaw: 'an operation 99 in a transaction',
    },
    {
      name: 'credentials of a length of 2^31-1',
      op: 'auth',
      record: Buffer.concat([ints(0), path(6, 'digest'), ints(LARGEST_INT)]),
      flaw: 'the record is truncated',
    },
  ] as const)('$name is answered with -5 and ends the connection', async ({ op, record, flaw }) => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    client.send(frameOf(7, OpCode[op], record));
    await attacked.expectEnded(client, `its request of operation ${OpCode[op]} is malformed: ${flaw}`);
    expect(answersIn(client.answers)).toMatchObject([{ xid: 7, error: -5 }]);
    await attacked.expectWatches(0);
  });

  it('a negative count is an empty list', async () => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    client.send(frameOf(7, OpCode.setWatches, ints(0, 0, -1, -2, -(2 ** 31))));
    await client.untilLength(61);
    expect(answersIn(client.answers)).toMatchObject([{ xid: 7, error: 0 }]);
    await attacked.expectUndisturbed();
  });

  it('a scheme of a million letters is shortened in the log', async () => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    client.send(frameOf(-4, OpCode.auth, Buffer.concat([ints(0), path(1_000_000, 'x'.repeat(1_000_000)), ints(0)])));
    await attacked.expectEnded(client, /^it cannot be authenticated by an unknown scheme of length \d+$/);
  });

  it('credentials of an unknown scheme are answered with -115 and end the connection', async () => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    client.send(frameOf(-4, OpCode.auth, Buffer.concat([ints(0), path(9, '__proto__'), ints(0)])));
    await attacked.expectEnded(client, 'it cannot be authenticated by an unknown scheme of length 9');
    expect(answersIn(client.answers)).toMatchObject([{ xid: -4, error: -115 }]);
  });

  it('a path that is not UTF-8 names no znode, and the connection stays open', async () => {
    await using attacked = await AttackedServer.start();
    const client = await attacked.open();
    const bad = Buffer.concat([ints(4), text('/\xff\xc0\x80')]);
    client.send(
      frameOf(
        1,
        OpCode.create,
        Buffer.concat([bad, ints(0, 1, 31, 5), text('world'), ints(6), text('anyone'), ints(0)]),
      ),
    );
    client.send(frameOf(2, OpCode.getData, Buffer.concat([bad, Buffer.of(0)])));
    client.send(frameOf(3, OpCode.delete, Buffer.concat([bad, ints(-1)])));
    client.send(requestFrame(4, 'exists', { path: '/', watch: false }));
    await client.chunks.until(() => answersIn(client.answers).length === 4, { describe: 'four answers' });
    expect(answersIn(client.answers).map(({ error }) => error)).toEqual([-8, -101, -101, 0]);
    await attacked.expectUndisturbed();
  });
});

describe('a znode name', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length', '0', '-1', 'null'])(
    '%s has no special meaning',
    async (name) => {
      await using attacked = await AttackedServer.start();
      const { other } = attacked;
      expect(await other.exists(`/${name}`)).toBeNull();
      await other.create(`/${name}`, name);
      await other.create(`/${name}/${name}`, 'below');
      expect((await other.getChildren(`/${name}`)).children).toEqual([name]);
      expect((await other.getChildren('/')).children).toContain(name);
      expect(String((await other.getData(`/${name}`)).data)).toBe(name);
      await other
        .transaction()
        .setData(`/${name}/${name}`, 'more')
        .delete(`/${name}/${name}`)
        .delete(`/${name}`)
        .commit();
      expect(await other.exists(`/${name}`)).toBeNull();
      expect(({} as Record<string, unknown>).below).toBeUndefined();
      await attacked.expectUndisturbed();
    },
  );
});

describe('a counter', () => {
  const GREATEST = {
    acl: OPEN_ACL,
    version: LARGEST_INT,
    aversion: LARGEST_INT,
    creations: LARGEST_INT,
    numChildren: 0,
    ephemeralOwner: 0n,
  };
  const view = { get: (path: string) => (path === '' || path === '/full' ? GREATEST : undefined) };
  const requester = { sessionId: 1n, identities: [] };

  it('of versions wraps to a negative number after 2^31-1', () => {
    const data = Buffer.alloc(0);
    const version = LARGEST_INT;
    expect(prepareSetData({ path: '/full', data, version }, view, requester)).toMatchObject({ version: -(2 ** 31) });
    expect(prepareSetAcl({ path: '/full', acl: ACL, version }, view, requester)).toMatchObject({ version: -(2 ** 31) });
  });

  it('of children wraps to a negative number after 2^31-1, in names and in stats', () => {
    const request = { ...CREATE, path: '/n', flags: 2, ttl: -1n };
    const created = prepareCreate('create', request, view, requester);
    expect(created).toMatchObject({ path: '/n2147483647', creations: -(2 ** 31) });
    const overflowed = { get: (path: string) => (path === '' ? { ...GREATEST, creations: -(2 ** 31) } : undefined) };
    expect(prepareCreate('create', request, overflowed, requester)).toMatchObject({ path: '/n-2147483648' });
    const znode = new Znode({ data: null, acl: OPEN_ACL, ephemeralOwner: 0n, zxid: 1n, time: 0 });
    znode.creations = 2 ** 30;
    expect(znode.stat.cversion).toBe(-(2 ** 31));
  });
});
