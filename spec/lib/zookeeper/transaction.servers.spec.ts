import { describe, expect } from 'vitest';
import {
  BadVersionError,
  InvalidArgumentError,
  InvalidPathError,
  NodeExistsError,
  NoNodeError,
  type ZooKeeperError,
} from '../../../lib/core/errors.js';
import { it } from '../../support/fixtures.js';

describe('a transaction', () => {
  it('applies all operations atomically, and resolves with their results in order', async ({ client, other }) => {
    await client.create('/old');
    await client.create('/checked');
    const results = await client
      .transaction()
      .check('/checked', 0)
      .create('/new', 'data')
      .create('/new/seq-', '', { mode: 'persistent-sequential' })
      .create('/box', '', { mode: 'container' })
      .setData('/new', 'changed', 0)
      .delete('/old')
      .commit();
    expect(results).toEqual([
      { type: 'check' },
      { type: 'create', path: '/new' },
      { type: 'create', path: '/new/seq-0000000000' },
      { type: 'create', path: '/box' },
      { type: 'setData', stat: expect.objectContaining({ version: 1, dataLength: 7 }) },
      { type: 'delete' },
    ]);
    const { data, stat } = await other.getData('/new');
    expect([data.toString(), stat.czxid]).toEqual(['changed', stat.mzxid]);
    expect(await other.exists('/old')).toBe(null);
  });

  it('treats 0 as the version 0, and changes nothing when a znode has another version', async ({ client }) => {
    await client.create('/a', 'zero');
    await client.setData('/a', 'one');
    const attempts = {
      setData: client.transaction().create('/b').setData('/a', 'x', 0),
      delete: client.transaction().create('/b').delete('/a', 0),
      check: client.transaction().create('/b').check('/a', 0),
    };
    for (const [name, transaction] of Object.entries(attempts)) {
      const error = (await transaction.commit().catch((reason: unknown) => reason)) as ZooKeeperError;
      expect(error).toBeInstanceOf(BadVersionError);
      expect(error).toMatchObject({ code: 'BAD_VERSION', path: '/a', serverCode: -103 });
      expect(error.message).toContain('operation 2 of 2');
      expect(error.message).toContain(name);
    }
    expect((await client.getData('/a')).data.toString()).toBe('one');
    expect(await client.exists('/b')).toBe(null);
  });

  it('treats -1, or no version, as any version', async ({ client }) => {
    await client.create('/a');
    await client.setData('/a', 'one');
    await client.transaction().check('/a', -1).setData('/a', 'two').setData('/a', 'three', -1).delete('/a').commit();
    expect(await client.exists('/a')).toBe(null);
  });

  it('rejects with the error of the operation that failed, whatever its position', async ({ client }) => {
    await client.create('/there');
    const first = client.transaction().create('/there').create('/b').create('/c').commit();
    await expect(first).rejects.toThrow(NodeExistsError);
    await expect(first).rejects.toMatchObject({ path: '/there' });
    const last = client.transaction().create('/b').create('/c').delete('/not-there').commit();
    await expect(last).rejects.toThrow(NoNodeError);
    await expect(last).rejects.toMatchObject({ path: '/not-there' });
    expect((await client.getChildren('/')).children).toEqual(['there']);
  });

  it('without operations resolves with no results, even without a connection', async ({ client, makeClient }) => {
    expect(await client.transaction().commit()).toEqual([]);
    expect(await makeClient().transaction().commit()).toEqual([]);
  });

  it('can be committed only once', async ({ client }) => {
    const transaction = client.transaction().create('/a');
    await transaction.commit();
    await expect(transaction.commit()).rejects.toThrow(InvalidArgumentError);
    expect(() => transaction.create('/b')).toThrow(InvalidArgumentError);
    await client.delete('/a');
    expect(await client.exists('/a')).toBe(null);
  });

  it('sends data as it was when its operation was added', async ({ client }) => {
    const data = Buffer.from('before');
    await client.create('/b');
    const transaction = client.transaction().create('/a', data).setData('/b', data);
    data.fill('x');
    await transaction.commit();
    expect((await client.getData('/a')).data.toString()).toBe('before');
    expect((await client.getData('/b')).data.toString()).toBe('before');
  });

  it('fires the watches of all znodes that it changed', async ({ client, other }) => {
    const events: string[] = [];
    await client.exists('/a', ({ type, path }) => events.push(`${type} ${path}`));
    await client.getChildren('/', ({ type, path }) => events.push(`${type} ${path}`));
    await other.transaction().create('/a').create('/b').commit();
    await client.sync('/');
    expect(events.sort()).toEqual(['NodeChildrenChanged /', 'NodeCreated /a']);
  });

  it('refuses bad input when the operation is added, and never sends that operation', async ({ client }) => {
    const transaction = client.transaction();
    const bad = undefined as never;
    for (const add of [
      () => transaction.create('a'),
      () => transaction.setData('/a/', 'x'),
      () => transaction.delete(bad),
      () => transaction.check('', 0),
    ]) {
      expect(add).toThrow(InvalidPathError);
    }
    for (const add of [
      () => transaction.create('/a', 1 as never),
      () => transaction.create('/a', '', { mode: 'odd' as never }),
      () => transaction.create('/a', '', { makePath: true } as never),
      () => transaction.setData('/a', null as never),
      () => transaction.setData('/a', 'x', 1.5),
      () => transaction.delete('/a', '1' as never),
      () => transaction.check('/a', bad),
    ]) {
      expect(add).toThrow(InvalidArgumentError);
    }
    expect(await transaction.commit()).toEqual([]);
  });
});
