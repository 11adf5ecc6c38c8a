import { describe, expect } from 'vitest';
import { TreeWatch } from '../../../index.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

/** The scenarios of kazoo's test_cache.py, as they are here. */
describe.for(TREE_WAYS)("kazoo's scenarios of its TreeCache: a TreeWatch $name", ({ of }) => {
  it('test_start: is ready once the tree was read, here without a root of its own making', async ({
    client,
    other,
  }) => {
    const { watch, calls } = recordTree(of(client), '/cache');
    await watch.ready;
    expect(calls.items).toEqual([[]]);
    expect(await other.exists('/cache')).toBe(null);
    watch.stop();
  });

  it('test_start_started and test_start_closed: a stopped watch is not started again', async ({ client, other }) => {
    await other.create('/cache');
    const { watch, calls } = recordTree(of(client), '/cache');
    await watch.ready;
    expect(() => watch.register(() => {})).toThrow(expect.objectContaining({ code: 'WATCH_IN_USE' }));
    watch.stop();
    await other.create('/cache/a');
    await client.sync('/');
    expect([calls.items.length, watch.stopped]).toEqual([1, true]);
  });

  it('test_close: forgets the tree, and delivers nothing more, with children of several levels', async ({
    client,
    other,
  }) => {
    for (const path of ['/cache', '/cache/foo', '/cache/foo/bar', '/cache/foo/bar/baz']) await other.create(path);
    const { watch, calls } = recordTree(of(client), '/cache');
    await watch.ready;
    const listeners = client.listenerCount('state');
    watch.stop();
    expect(client.listenerCount('state')).toBeLessThan(listeners);
    await other.create('/cache/foo/bar/baz/new');
    await other.delete('/cache/foo/bar/baz/new');
    await client.sync('/');
    expect(calls.items).toHaveLength(1);
  });

  it('test_delete_operation and test_create_operation: has each change of a znode, to its data', async ({
    client,
    other,
  }) => {
    await other.create('/cache');
    const { watch, calls, changes } = recordTree(of(client), '/cache');
    await watch.ready;
    await other.create('/cache/foo', 'data');
    await calls.untilCount(2);
    await other.delete('/cache/foo');
    await calls.untilCount(3);
    expect(calls.items).toEqual([['created /cache'], ['created /cache/foo'], ['deleted /cache/foo']]);
    expect(changes.items.slice(1).map(({ node, before }) => String((node ?? before)?.data))).toEqual(['data', 'data']);
    watch.stop();
  });

  it('test_get_data, test_get_children: has the data, and the sorted names, of what exists', async ({
    client,
    other,
  }) => {
    for (const [path, data] of [
      ['/cache', 'root'],
      ['/cache/foo', 'f'],
      ['/cache/foo/z', ''],
      ['/cache/foo/a', ''],
      ['/cache/foo-bar', ''],
    ] as const) {
      await other.create(path, data);
    }
    const seen: unknown[] = [];
    const { watch } = recordTree(of(client), '/cache');
    await watch.ready;
    const reading = new TreeWatch(of(client), '/cache', (tree) => {
      seen.push(String(tree.get('/cache')?.data), String(tree.get('/cache/foo')?.data), tree.get('/cache/none'));
      seen.push(tree.children('/cache'), tree.children('/cache/foo'), tree.children('/cache/none'));
    });
    await reading.ready;
    expect(seen).toEqual(['root', 'f', undefined, ['foo', 'foo-bar'], ['a', 'z'], []]);
    watch.stop();
    reading.stop();
  });

  it('test_get_data_no_tree: has no znode outside of its tree', async ({ client, other }) => {
    await other.create('/cache');
    await other.create('/cached');
    const { watch, audit } = recordTree(of(client), '/cache');
    await watch.ready;
    expect([...audit.copy.keys()]).toEqual(['/cache']);
    watch.stop();
  });

  it('test_session_reconnected: has over a lost session a deletion, a recreation and a change, each once', async ({
    connect,
    proxy,
    chroot,
    other,
    port,
  }) => {
    for (const path of ['/cache', '/cache/foo', '/cache/bar', '/cache/same']) await other.create(path, 'old');
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 1_000 });
    const { watch, calls, audit } = recordTree(of(client), '/cache');
    await watch.ready;
    proxy.refuse();
    proxy.cut();
    await expireSession(client, port);
    await other.delete('/cache/foo');
    await other.setData('/cache/bar', 'new');
    await other.delete('/cache/same');
    await other.create('/cache/same', 'old');
    await proxy.accept();
    await calls.until((all) => all.flat().length === 7);
    expect(calls.items.slice(1).flat().sort()).toEqual([
      'deleted /cache/foo',
      'modified /cache/bar',
      'modified /cache/same recreated',
    ]);
    expect(audit.violations).toEqual([]);
    watch.stop();
    await client.close();
  });

  it('test_root_recreated: has the root deleted, and created again with another child', async ({ client, other }) => {
    await other.create('/cache/foo', '', { makePath: true });
    const { watch, calls, audit } = recordTree(of(client), '/cache');
    await watch.ready;
    await other.deleteRecursive('/cache');
    await calls.until(() => audit.copy.size === 0);
    await other.create('/cache/new', '', { makePath: true });
    await calls.until(() => audit.copy.size === 2);
    expect([...audit.copy.keys()].sort()).toEqual(['/cache', '/cache/new']);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('test_exception_handler: reports what the function throws, and goes on', async ({ client, other }) => {
    await other.create('/cache');
    const error = new Error('of the function');
    const { watch, calls, errors } = recordTree(of(client), '/cache', {
      during: () => {
        if (calls.items.length === 2) throw error;
      },
    });
    await watch.ready;
    await other.create('/cache/foo');
    await calls.untilCount(2);
    await other.create('/cache/bar');
    await calls.untilCount(3);
    expect(errors.items).toEqual([error]);
    watch.stop();
  });

  it('kazoo#645: has no change of a znode after its deletion', async ({ client, other }) => {
    await other.create('/cache');
    const { watch, calls, audit } = recordTree(of(client), '/cache');
    await watch.ready;
    for (let round = 0; round < 30; round += 1) {
      await other.create('/cache/foo', String(round));
      await Promise.all([other.setData('/cache/foo', 'new'), other.delete('/cache/foo')]);
    }
    await other.create('/cache/last');
    await calls.until(() => audit.copy.has('/cache/last') && !audit.copy.has('/cache/foo'));
    // A modification of a znode that is not known is a violation.
    expect(audit.violations).toEqual([]);
    watch.stop();
  });
});
