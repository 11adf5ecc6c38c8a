import { describe, expect, it } from 'vitest';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Gate, recordSubscription } from '../../support/recorded-subscriptions.js';

/** Each znode by the next transaction. */
function stage(...paths: readonly string[]): FakeTreeClient {
  const client = new FakeTreeClient();
  for (const path of paths) client.tree.create(path);
  return client;
}

/** A subscription to `/a` alone that is ready, and whose calls settle once the gate is open. */
async function recordHeld(client: FakeTreeClient) {
  const gate = new Gate();
  const recorded = recordSubscription(client, '/a', { during: () => gate.opened, filters: { path: '/a' } });
  await recorded.subscription.ready;
  return { gate, ...recorded };
}

describe('a filter that is added to a subscription', () => {
  it('S2: before `ready` gets no change of before its own `since`, nor of before it was added', async () => {
    const client = stage('/a', '/a/early', '/a/late');
    const since = client.tree.zxid - 1n;
    const { subscription, calls } = recordSubscription(client, '/a', { since: 0n, filters: { path: '/a' } });
    await subscription.subscribe({ path: '/a/**', type: 'created' }, { since });
    await subscription.subscribe({ path: '/a/early' });
    await subscription.ready;
    expect(calls.items).toEqual(['created /a', 'created /a/late']);
    client.tree.set('/a/early', 'new');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['created /a', 'created /a/late', 'modified /a/early']);
    await subscription.close();
  });

  it('S6: repeats nothing that came while it waited for a call to settle', async () => {
    const client = stage('/a');
    const { gate, subscription, calls } = await recordHeld(client);
    client.tree.set('/a', 'slow');
    client.tree.create('/a/same');
    await calls.untilCount(1);
    await subscription.subscribe({ path: '/a/*' }, { since: 0n });
    gate.open();
    await calls.untilCount(2);
    client.tree.set('/a', 'last');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['modified /a', 'created /a/same', 'modified /a']);
    await subscription.close();
  });

  it('S6: repeats nothing that came as the `since` of the subscription was of another ensemble', async () => {
    const client = stage('/a', '/a/b');
    const { subscription, calls } = recordSubscription(client, '/a', { since: 1_000_000n });
    await subscription.ready;
    expect(calls.items).toEqual(['created /a', 'created /a/b']);
    expect(subscription.position).toBe(client.tree.zxid);
    await subscription.subscribe({ path: '/a/**' }, { since: 0n });
    client.tree.create('/a/last');
    await calls.until((all) => all.includes('created /a/last'));
    expect(calls.items).toEqual(['created /a', 'created /a/b', 'created /a/last']);
    await subscription.close();
  });

  it('S9: with `since` before `ready` gets what has changed since then', async () => {
    const client = stage('/a', '/a/early', '/a/late');
    const since = client.tree.zxid - 1n;
    const { subscription, calls } = recordSubscription(client, '/a', { filters: [] });
    await subscription.subscribe({ path: '/a/**' }, { since });
    await subscription.ready;
    expect(calls.items).toEqual(['created /a/late']);
    await subscription.close();
  });

  it('S6: with `since` gets nothing that a filter without one got', async () => {
    const client = stage('/a');
    const { subscription, calls } = recordSubscription(client, '/a', { filters: [] });
    await subscription.ready;
    await subscription.subscribe({ path: '/a/b' });
    client.tree.create('/a/b');
    await calls.untilCount(1);
    await subscription.subscribe({ path: '/a/**' }, { since: 0n });
    await calls.untilCount(2);
    client.tree.create('/a/last');
    await calls.untilCount(3);
    expect(calls.items).toEqual(['created /a/b', 'created /a', 'created /a/last']);
    await subscription.close();
  });

  it('S9: with `since` waits for the call that runs, and gets nothing once it is removed', async () => {
    const client = stage('/a', '/a/b', '/a/c');
    const { gate, subscription, calls } = await recordHeld(client);
    client.tree.set('/a', 'slow');
    await calls.untilCount(1);
    await subscription.subscribe({ path: '/a/b' }, { since: 0n });
    await subscription.subscribe({ path: '/a/c' }, { since: 0n });
    await subscription.unsubscribe({ path: '/a/c' });
    await turn();
    expect(calls.items).toEqual(['modified /a']);
    gate.open();
    await calls.untilCount(2);
    await turn();
    expect(calls.items).toEqual(['modified /a', 'created /a/b']);
    await subscription.close();
  });

  it('S9: with `since` gets nothing more once it is removed in a call, and the next one gets all of its own', async () => {
    const client = stage('/a', '/a/b', '/a/c', '/a/other');
    const { subscription, calls } = recordSubscription(client, '/a', {
      filters: [],
      during: ({ path }) => (path === '/a/b' ? subscription.unsubscribe({ path: ['/a/b', '/a/c'] }) : undefined),
    });
    await subscription.ready;
    await subscription.subscribe({ path: ['/a/b', '/a/c'] }, { since: 0n });
    await subscription.subscribe({ path: '/a/other' }, { since: 0n });
    await calls.untilCount(2);
    await turn();
    expect(calls.items).toEqual(['created /a/b', 'created /a/other']);
    await subscription.close();
  });
});

describe('the position of a subscription', () => {
  it('S7: does not pass a deletion of unknown time, and never goes back', async () => {
    const client = stage('/a', '/a/gone', '/a/x');
    const gates = [new Gate(), new Gate()];
    const { subscription, calls } = recordSubscription(client, '/a', {
      during: () => gates[calls.items.length - 1]?.opened,
    });
    await subscription.ready;
    const before = subscription.position;
    client.tree.delete('/a/gone');
    client.tree.set('/a/x', 'new');
    client.tree.create('/elsewhere');
    await calls.untilCount(1);
    expect(subscription.position).toBe(before);
    gates[0]?.open();
    await calls.untilCount(2);
    expect(calls.items).toEqual(['modified /a/x', 'deleted /a/gone']);
    expect(subscription.position).toBe(before);
    gates[1]?.open();
    await turn();
    expect(subscription.position).toBe(client.tree.zxid);
    await subscription.close();
  });
});
