import assert from 'node:assert/strict';
import type { Acl } from '../../lib/core/coordination-client.js';
import { codeOf } from '../../lib/core/errors.js';
import { outcomeOf, type Stage } from './stage.js';

/** A claim, and the test of it. */
export type Claim = readonly [name: string, test: (stage: Stage) => Promise<void>];

const BIGINTS = ['czxid', 'mzxid', 'pzxid', 'ephemeralOwner'] as const;
const NUMBERS = ['ctime', 'mtime', 'version', 'cversion', 'aversion', 'dataLength', 'numChildren'] as const;

/** Each byte once: most of it is no text in any encoding but latin1. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Everybody may do this much. */
const open = (perms: number): Acl[] => [{ perms, scheme: 'world', id: 'anyone' }];

/** The operations on znodes. */
export const OPERATIONS: readonly Claim[] = [
  [
    'reads what another client has written',
    async ({ client, other, at }) => {
      await other.create(at('node'), 'value');
      await other.create(`${at('node')}/child`);
      const { data, stat } = await client.getData(at('node'));
      assert.ok(Buffer.isBuffer(data), 'data must be a Buffer');
      assert.equal(String(data), 'value');
      for (const name of BIGINTS) assert.equal(typeof stat[name], 'bigint', `stat.${name} must be a bigint`);
      for (const name of NUMBERS) assert.equal(typeof stat[name], 'number', `stat.${name} must be a number`);
      assert.deepEqual(
        { version: stat.version, length: stat.dataLength, children: stat.numChildren, owner: stat.ephemeralOwner },
        { version: 0, length: 5, children: 1, owner: 0n },
      );
      assert.equal((await client.exists(at('node')))?.mzxid, stat.mzxid);
      const { children } = await client.getChildren(at('node'));
      assert.deepEqual(children, ['child']);
      await other.setData(at('node'), BYTES);
      assert.deepEqual((await client.getData(at('node'))).data, BYTES, 'every byte must be kept');
    },
  ],
  [
    'writes what another client can read',
    async ({ client, other, at }) => {
      assert.equal(await client.create(at('node'), Buffer.from('a')), at('node'));
      assert.equal(String((await other.getData(at('node'))).data), 'a');
      const stat = await client.setData(at('node'), 'b');
      assert.equal(stat.version, 1);
      assert.equal(String((await other.getData(at('node'))).data), 'b');
      await client.setData(at('node'), BYTES);
      assert.deepEqual((await other.getData(at('node'))).data, BYTES, 'every byte must be kept');
      await client.setData(at('node'), 'größer ☃');
      assert.equal(String((await other.getData(at('node'))).data), 'größer ☃', 'strings must be UTF-8');
      await client.create(at('bytes'), BYTES);
      assert.deepEqual((await other.getData(at('bytes'))).data, BYTES, 'every byte must be kept');
      await client.delete(at('node'));
      assert.equal(await other.exists(at('node')), null);
    },
  ],
  [
    'is done with the data of a write once that has settled',
    async ({ client, other, at }) => {
      const data = Buffer.from('a');
      await client.create(at('node'), data);
      data.fill('b');
      assert.equal(String((await other.getData(at('node'))).data), 'a');
      await client.setData(at('node'), data);
      data.fill('c');
      assert.equal(String((await other.getData(at('node'))).data), 'b');
    },
  ],
  [
    'reads a znode without data as an empty Buffer',
    async ({ client, at }) => {
      await client.create(at('node'));
      assert.deepEqual((await client.getData(at('node'))).data, Buffer.alloc(0));
    },
  ],
  [
    'answers exists() of a missing znode with null',
    async ({ client, at }) => {
      assert.equal(await client.exists(at('missing')), null);
    },
  ],
  [
    'rejects with NO_NODE for a missing znode',
    async ({ client, at, rejects }) => {
      await rejects(client.getData(at('missing')), 'NO_NODE', 'getData');
      await rejects(client.getChildren(at('missing')), 'NO_NODE', 'getChildren');
      await rejects(client.setData(at('missing'), ''), 'NO_NODE', 'setData');
      await rejects(client.delete(at('missing')), 'NO_NODE', 'delete');
      await rejects(client.create(`${at('missing')}/child`), 'NO_NODE', 'create');
    },
  ],
  [
    'rejects with NODE_EXISTS, NOT_EMPTY and BAD_VERSION; version 0 is version 0',
    async ({ client, other, at, rejects }) => {
      await other.create(at('node'), 'a');
      await other.create(`${at('node')}/child`);
      await other.setData(at('node'), 'b');
      await rejects(client.create(at('node')), 'NODE_EXISTS', 'create');
      await rejects(client.delete(at('node')), 'NOT_EMPTY', 'delete');
      await rejects(client.setData(at('node'), 'c', 0), 'BAD_VERSION', 'setData of version 0');
      await rejects(client.delete(`${at('node')}/child`, 7), 'BAD_VERSION', 'delete of version 7');
      assert.equal(String((await other.getData(at('node'))).data), 'b');
      await other.create(at('leaf'), 'a');
      await other.setData(at('leaf'), 'b');
      await rejects(client.delete(at('leaf'), 0), 'BAD_VERSION', 'delete of version 0');
      assert.equal((await client.setData(at('leaf'), 'c', 1)).version, 2);
      await client.delete(at('leaf'), 2);
      assert.equal(await other.exists(at('leaf')), null);
    },
  ],
  [
    'rejects with NO_AUTH, and creates with the ACL that it is given or refuses it with INVALID_ARGUMENT',
    async ({ client, other, at, rejects }) => {
      await other.create(at('readable'), 'value', { acl: open(1) });
      assert.equal(String((await client.getData(at('readable'))).data), 'value');
      await rejects(client.setData(at('readable'), ''), 'NO_AUTH', 'setData');
      await rejects(client.create(`${at('readable')}/child`), 'NO_AUTH', 'create');
      await other.create(at('writable'), 'value', { acl: open(30) });
      await rejects(client.getData(at('writable')), 'NO_AUTH', 'getData');
      await rejects(client.getChildren(at('writable')), 'NO_AUTH', 'getChildren');
      const { isFulfilled, code } = await outcomeOf(client.create(at('mine'), 'value', { acl: open(1) }));
      if (isFulfilled) await rejects(other.setData(at('mine'), ''), 'NO_AUTH', 'setData of the other client');
      else assert.equal(code, 'INVALID_ARGUMENT', 'create with an ACL');
    },
  ],
  [
    'reads many znodes in the order of their paths, each with its error, if it has readMany()',
    async ({ client, other, at }) => {
      if (!client.readMany) return;
      await client.create(at('b'), 'value');
      await client.create(`${at('b')}/child`);
      await other.create(at('hidden'), 'value', { acl: open(30) });
      const results = await client.readMany([at('b'), at('missing'), `${at('b')}/child`, at('hidden')]);
      const seen = results.map((result) =>
        'stat' in result ? [String(result.data), result.stat.numChildren, result.children] : codeOf(result),
      );
      assert.deepEqual(seen, [['value', 1, ['child']], 'NO_NODE', ['', 0, []], 'NO_AUTH']);
    },
  ],
  [
    'rejects an invalid path with INVALID_PATH',
    async ({ client, rejects }) => {
      for (const path of ['relative', '/ends/', '/a//b', '/a/./b']) {
        await rejects(client.exists(path), 'INVALID_PATH', `exists(${path})`);
      }
    },
  ],
  [
    'creates sequential and ephemeral znodes, and missing parents',
    async ({ client, other, at, path }) => {
      const created = await client.create(at('queue-'), '', { mode: 'persistent-sequential' });
      assert.match(created, /\/queue-\d{10}$/);
      assert.notEqual(await other.exists(created), null);
      const own = await client.create(at('queue-'), '', { mode: 'ephemeral-sequential' });
      assert.match(own, /\/queue-\d{10}$/);
      assert.ok(own > created, 'the numbers must grow');
      assert.notEqual((await other.exists(own))?.ephemeralOwner, 0n);
      const deep = await client.create(`${path}/a/b/c`, 'x', { makePath: true, mode: 'ephemeral' });
      assert.equal(deep, `${path}/a/b/c`);
      assert.notEqual((await other.exists(deep))?.ephemeralOwner, 0n);
      assert.equal((await other.exists(`${path}/a/b`))?.ephemeralOwner, 0n);
    },
  ],
];
