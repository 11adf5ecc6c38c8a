import { describe, expect, it } from 'vitest';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Gate } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

describe('the changes of a call', () => {
  it('have a deletion first where a creation has the same transaction, or may have it', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/old']) client.tree.create(path);
    const { watch, calls, changes } = recordTree(client, '/a');
    await watch.ready;
    client.tree.delete('/a/old');
    client.tree.create('/a/new');
    await calls.untilCount(2);
    expect(calls.last).toEqual(['deleted /a/old', 'created /a/new']);
    expect(new Set(changes.items.slice(-2).map(({ zxid }) => zxid)).size).toBe(1);
    watch.stop();
  });

  it('have the transaction of a deletion that the server has reported, and are in the order of all', async () => {
    const client = new FakeTreeClient();
    client.server.hasZxids = true;
    for (const path of ['/a', '/a/old']) client.tree.create(path);
    const { watch, calls, changes } = recordTree(client, '/a');
    await watch.ready;
    client.tree.create('/a/first');
    client.tree.delete('/a/old');
    const deletedAt = client.tree.zxid;
    client.tree.create('/a/last');
    await calls.untilCount(2);
    expect(calls.last).toEqual(['created /a/first', 'deleted /a/old', 'created /a/last']);
    expect(changes.items.at(-2)?.zxid).toBe(deletedAt);
    watch.stop();
  });

  it('are all those that have come during a slow call, one of each path, though another watch has had them', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b', '/a/c']) client.tree.create(path);
    const gate = new Gate();
    const slow = recordTree(client, '/a', { during: () => gate.opened });
    const quick = recordTree(client, '/a');
    await turn();
    client.tree.set('/a/b', '1');
    await quick.calls.untilCount(2);
    client.tree.create('/a/d');
    client.tree.set('/a/b', '2');
    await quick.calls.untilCount(3);
    client.tree.delete('/a/c');
    await quick.calls.untilCount(4);
    expect(slow.calls.items).toHaveLength(1);
    gate.open();
    await slow.calls.untilCount(2);
    expect([...(slow.calls.last ?? [])].sort()).toEqual(['created /a/d', 'deleted /a/c', 'modified /a/b']);
    expect(slow.audit.violations).toEqual([]);
    slow.watch.stop();
    quick.watch.stop();
  });
});
