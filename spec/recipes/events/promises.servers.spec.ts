import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/fixtures.js';
import { Gate, recordSubscription } from '../../support/recorded-subscriptions.js';
import { printChange } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

/** The newest transaction that has changed a znode or its children: a foreign client knows no other ones. */
async function newestZxidBelow(client: ZooKeeperClient, path: string): Promise<bigint> {
  const { children, stat } = await client.getChildren(path);
  const below = await Promise.all(children.map((name) => newestZxidBelow(client, `${path}/${name}`)));
  return [stat.mzxid, stat.pzxid, ...below].sort((a, b) => Number(a - b)).at(-1) as bigint;
}

describe.for(TREE_WAYS)('a subscription $name', ({ of }) => {
  it('S3: without `since` hands out the changes after `ready`, and none of before', async ({ client, other }) => {
    await other.create('/a/old', 'x', { makePath: true });
    const { subscription, calls, changes } = recordSubscription(of(client), '/a');
    await subscription.ready;
    expect([subscription.transport, subscription.complete]).toEqual(['watch', true]);
    await other.setData('/a/old', 'y');
    await calls.untilCount(1);
    await other.create('/a/new', 'z');
    await calls.untilCount(2);
    await other.delete('/a/old');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['modified /a/old', 'created /a/new', 'deleted /a/old']);
    expect(changes.items.map(({ node }) => node && String(node.data))).toEqual(['y', 'z', null]);
    expect(changes.items.map(({ before }) => before && String(before.data))).toEqual(['x', null, 'y']);
    await subscription.close();
  });

  it('S3: hands out the changes of a root that is missing at first, and of what is below it', async ({
    client,
    other,
  }) => {
    const { subscription, calls } = recordSubscription(of(client), '/a');
    await subscription.ready;
    await other.create('/a/b', '', { makePath: true });
    await calls.untilCount(2);
    await other.deleteRecursive('/a');
    await calls.untilCount(4);
    expect(calls.items).toEqual(['created /a', 'created /a/b', 'deleted /a/b', 'deleted /a']);
    await subscription.close();
  });

  it('S5: selects by the path, the type, the owner and the sequence', async ({ client, other }) => {
    await other.create('/a');
    const all = {
      path: { path: ['/a/*', '/a/**/deep*'] },
      type: { type: ['created', 'deleted'] as const },
      ephemeral: { ephemeral: true },
      persistent: { ephemeral: false },
      sequential: { sequential: 'job-' },
      several: { path: '/a/*', type: 'deleted' as const, ephemeral: true },
    };
    const recorded = Object.entries(all).map(([name, filters]) => ({
      name,
      ...recordSubscription(of(client), '/a', { filters }),
    }));
    const everything = recordSubscription(of(client), '/a');
    const subscriptions = [everything, ...recorded].map(({ subscription }) => subscription);
    await Promise.all(subscriptions.map(({ ready }) => ready));
    /** Every subscription has handed out all changes: none is coalesced with later ones. */
    const handedOut = async (): Promise<void> => {
      const newest = await newestZxidBelow(other, '/a');
      await eventually(() => subscriptions.every(({ position }) => position >= newest));
    };
    await other.setData('/a', 'y');
    await handedOut();
    await other.create('/a/job-x');
    const job = await other.create('/a/job-', '', { mode: 'ephemeral-sequential' });
    await other.create('/a/b/c/deep-1', '', { makePath: true });
    await handedOut();
    await other.setData(job, 'y');
    await handedOut();
    await other.delete(job);
    await handedOut();
    const selected = (name: string): readonly string[] | undefined =>
      recorded.find((each) => each.name === name)?.calls.items;
    const ofJob = [`created ${job}`, `modified ${job}`, `deleted ${job}`];
    const created = ['created /a/job-x', `created ${job}`, 'created /a/b', 'created /a/b/c', 'created /a/b/c/deep-1'];
    expect(everything.calls.items).toEqual(['modified /a', ...created, `modified ${job}`, `deleted ${job}`]);
    expect(selected('path')).toEqual([
      'created /a/job-x',
      `created ${job}`,
      'created /a/b',
      'created /a/b/c/deep-1',
      ...ofJob.slice(1),
    ]);
    expect(selected('type')).toEqual([...created, `deleted ${job}`]);
    expect(selected('ephemeral')).toEqual(ofJob);
    expect(selected('persistent')).toEqual(['modified /a', ...created.filter((each) => !each.endsWith(job))]);
    expect(selected('sequential')).toEqual(ofJob);
    expect(selected('several')).toEqual([`deleted ${job}`]);
    for (const { subscription } of [everything, ...recorded]) await subscription.close();
  });

  it('S6: hands a change out once that several filters select', async ({ client, other }) => {
    await other.create('/a');
    const filters = [{ path: '/a/**' }, { type: 'created' as const }, { path: '/a/b' }, { path: '/a/b' }];
    const { subscription, calls } = recordSubscription(of(client), '/a', { filters });
    await subscription.ready;
    await other.create('/a/b');
    await other.create('/a/c');
    await calls.until((all) => all.includes('created /a/c'));
    expect(calls.items).toEqual(['created /a/b', 'created /a/c']);
    await subscription.close();
  });

  it('S7: keeps its position before a change whose call has not settled', async ({ client, other }) => {
    await other.create('/a');
    const gates = [new Gate(), new Gate()];
    const { subscription, changes } = recordSubscription(of(client), '/a', {
      during: () => gates[changes.items.length - 1]?.opened,
    });
    await subscription.ready;
    const before = subscription.position;
    await other.create('/a/b');
    await other.create('/a/c');
    await changes.untilCount(1);
    await client.sync('/');
    const first = changes.items[0]?.zxid as bigint;
    expect(subscription.position).toBeGreaterThanOrEqual(before);
    expect(subscription.position).toBeLessThan(first);
    gates[0]?.open();
    await changes.untilCount(2);
    const second = changes.items[1]?.zxid as bigint;
    expect(subscription.position).toBeLessThan(second);
    gates[1]?.open();
    await eventually(() => subscription.position >= second);
    await subscription.close();
  });

  it('S7: reports what the function throws, counts the change as handed out, and goes on', async ({
    client,
    other,
  }) => {
    await other.create('/a');
    const thrown = [new Error('thrown'), new Error('rejected')];
    const { subscription, changes, errors } = recordSubscription(of(client), '/a', {
      during: ({ path }) => {
        if (path === '/a/b') throw thrown[0];
        return path === '/a/c' ? Promise.reject(thrown[1]) : undefined;
      },
    });
    await subscription.ready;
    for (const name of ['b', 'c', 'd']) await other.create(`/a/${name}`);
    await changes.untilCount(3);
    expect(errors.items).toEqual(thrown);
    const last = changes.items[2]?.zxid as bigint;
    await eventually(() => subscription.position >= last);
    await subscription.close();
  });

  it('S8: keeps one change per znode for a function that is slow', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const gate = new Gate();
    const { subscription, calls, changes } = recordSubscription(of(client), '/a', { during: () => gate.opened });
    await subscription.ready;
    await other.setData('/a', 'first');
    await calls.untilCount(1);
    for (let value = 1; value <= 40; value += 1) await other.setData('/a/b', String(value));
    await other.create('/a/short');
    await other.delete('/a/short');
    await other.create('/a/last');
    await client.sync('/');
    gate.open();
    await calls.until((all) => all.includes('created /a/last'));
    expect(calls.items).toEqual(['modified /a', 'modified /a/b', 'created /a/last']);
    expect(String(changes.items[1]?.node?.data)).toBe('40');
    await subscription.close();
  });

  it('S9: counts a filter from its subscription to its end', async ({ client, other }) => {
    await other.create('/a');
    const { subscription, calls } = recordSubscription(of(client), '/a', { filters: { path: '/a/always*' } });
    await subscription.ready;
    const change = async (nth: number): Promise<void> => {
      await other.create(`/a/one${nth}`);
      await other.create(`/a/always${nth}`);
      await calls.until((all) => all.includes(`created /a/always${nth}`));
    };
    await change(1);
    await subscription.subscribe({ path: '/a/one*' });
    await change(2);
    await subscription.subscribe({ path: '/a/one*' });
    await subscription.unsubscribe({ path: '/a/one*' });
    await change(3);
    await subscription.unsubscribe({ path: ['/a/one*'] });
    await change(4);
    expect(calls.items.filter((each) => each.includes('one'))).toEqual(['created /a/one2', 'created /a/one3']);
    await subscription.close();
  });

  it('S9: hands out for a filter with `since` what it would have selected since then, once', async ({
    client,
    other,
  }) => {
    const { czxid } = (await other.getData(await other.create('/a'))).stat;
    for (const name of ['one', 'two', 'gone']) await other.create(`/a/${name}`);
    await other.setData('/a/one', 'new');
    await other.delete('/a/gone');
    const { subscription, calls } = recordSubscription(of(client), '/a', { filters: { path: '/a/two' } });
    await subscription.ready;
    await subscription.subscribe({ path: '/a/*' }, { since: czxid });
    await calls.untilCount(2);
    await other.setData('/a/two', 'new');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['created /a/one', 'created /a/two', 'modified /a/two']);
    await subscription.close();
  });

  it('T3: hands out in the order of the transactions, parents created first and deleted last', async ({
    client,
    other,
  }) => {
    await other.create('/a');
    for (const path of ['/a/x', '/a/x/y', '/a/x/y/z']) await other.create(path);
    const gate = new Gate();
    const { subscription, changes } = recordSubscription(of(client), '/a', { during: () => gate.opened });
    await subscription.ready;
    await other.setData('/a', 'x');
    await changes.untilCount(1);
    await other.create('/a/new');
    await other.create('/a/new/child');
    await other.setData('/a/new', 'later than its child');
    await other.deleteRecursive('/a/x');
    await other.create('/a/last');
    await client.sync('/');
    gate.open();
    // A deletion of unknown time comes at the newest transaction of the server, which other specs have too.
    await changes.until((all) => ['/a/last', '/a/x'].every((last) => all.some(({ path }) => path === last)));
    const deletions = changes.items.filter(({ type }) => type === 'deleted').map(({ path }) => path);
    expect(deletions).toEqual(['/a/x/y/z', '/a/x/y', '/a/x']);
    const others = changes.items.filter(({ type }) => type !== 'deleted').map(printChange);
    expect(others).toEqual(['modified /a', 'created /a/new', 'created /a/new/child', 'created /a/last']);
    await subscription.close();
  });
});

// A foreign client does not say which transaction is the newest.
describe.for(TREE_WAYS.slice(0, 2))('a subscription $name', ({ of }) => {
  it('S10: moves its position while nothing changes below its path', async ({ client, other }) => {
    await other.create('/a');
    const { subscription, calls } = recordSubscription(of(client), '/a', { filters: { path: '/a/none' } });
    await subscription.ready;
    await other.create('/elsewhere');
    const { czxid } = (await other.getData('/elsewhere')).stat;
    await client.sync('/');
    await client.exists('/elsewhere');
    expect(subscription.position).toBeGreaterThanOrEqual(czxid);
    // A change that no filter selects.
    const { mzxid } = await other.setData('/a', 'x');
    await client.sync('/');
    await eventually(() => subscription.position >= mzxid);
    expect(calls.items).toEqual([]);
    await subscription.close();
  });
});
