import assert from 'node:assert/strict';
import type { Stage } from './stage.js';

/** A claim, and the test of it. */
export type Claim = readonly [name: string, test: (stage: Stage) => Promise<void>];

const BIGINTS = ['czxid', 'mzxid', 'pzxid', 'ephemeralOwner'] as const;
const NUMBERS = ['ctime', 'mtime', 'version', 'cversion', 'aversion', 'dataLength', 'numChildren'] as const;

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
      await client.delete(at('node'));
      assert.equal(await other.exists(at('node')), null);
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
      const deep = await client.create(`${path}/a/b/c`, 'x', { makePath: true, mode: 'ephemeral' });
      assert.equal(deep, `${path}/a/b/c`);
      assert.notEqual((await other.exists(deep))?.ephemeralOwner, 0n);
      assert.equal((await other.exists(`${path}/a/b`))?.ephemeralOwner, 0n);
    },
  ],
];
