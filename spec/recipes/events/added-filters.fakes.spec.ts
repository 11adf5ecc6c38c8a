import { describe, expect, it } from 'vitest';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { Gate, recordSubscription } from '../../support/recorded-subscriptions.js';

/** Each znode by the next transaction. */
function stage(...paths: readonly string[]): FakeTreeClient {
  const client = new FakeTreeClient();
  for (const path of paths) client.tree.create(path);
  return client;
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
    const gate = new Gate();
    const { subscription, calls } = recordSubscription(client, '/a', {
      during: () => gate.opened,
      filters: { path: '/a' },
    });
    await subscription.ready;
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
    await subscription.subscribe({ path: '/a/**' }, { since: 0n });
    client.tree.create('/a/last');
    await calls.until((all) => all.includes('created /a/last'));
    expect(calls.items).toEqual(['created /a', 'created /a/b', 'created /a/last']);
    await subscription.close();
  });
});
