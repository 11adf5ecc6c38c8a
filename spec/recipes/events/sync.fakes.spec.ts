import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Checkpoint, subscribe, TreeWatch } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass } from '../../../testing/passing-time.js';
import { recordSubscription } from '../../support/recorded-subscriptions.js';

function stage() {
  const client = new FakeTreeClient();
  for (const path of ['/a', '/a/b']) client.tree.create(path, path);
  return client;
}

async function checkpointOf(client: FakeTreeClient): Promise<Checkpoint> {
  await using subscription = subscribe(client, '/a', null, () => {});
  await subscription.ready;
  return subscription.checkpoint();
}

afterEach(() => {
  vi.useRealTimers();
});

describe('S4: a subscription that resumes', () => {
  it.for(['a subscription', 'a TreeWatch'])(
    'does not hand out what a server that lags behind shows of before: %s',
    async (kind) => {
      const client = stage();
      const before = client.tree.snapshot();
      client.tree.set('/a/b', 'new');
      client.tree.create('/a/c');
      const since = await checkpointOf(client);
      client.stale = before;
      client.tree.create('/a/d');
      client.reads.length = 0;
      // The server catches up by the time that it answers sync.
      const sync = client.sync.bind(client);
      client.sync = async (path) => {
        client.stale = null;
        await sync(path);
      };
      const calls: string[] = [];
      if (kind === 'a TreeWatch') {
        const watch = new TreeWatch(
          client,
          '/a',
          (_tree, changes) => void calls.push(...changes.map(({ path }) => path)),
          { since },
        );
        await watch.ready;
        watch.stop();
      } else {
        const subscription = subscribe(client, '/a', null, ({ path }) => void calls.push(path), { since });
        await subscription.ready;
        await subscription.close();
      }
      expect(client.reads[0]).toBe('sync /a');
      expect(calls).toEqual(['/a/d']);
    },
  );

  it('waits for sync over lost connections', async () => {
    vi.useFakeTimers();
    const client = stage();
    const first = subscribe(client, '/a', null, () => {});
    await pass(0);
    const since = first.checkpoint();
    await first.close();
    const release = client.hold();
    const { subscription, calls } = recordSubscription(client, '/a', { since });
    await pass(0);
    client.become('suspended');
    release();
    client.tree.create('/a/c');
    await pass(10_000);
    expect(calls.items).toEqual([]);
    client.become('connected');
    await pass(10_000);
    expect(calls.items).toEqual(['created /a/c']);
    await subscription.close();
    expect([client.listenerCount, client.watchedRoots]).toEqual([0, []]);
  });

  it('takes the tree of an ensemble that is restored after the sync', async () => {
    const client = stage();
    const [backup, zxid] = [client.tree.snapshot(), client.tree.zxid];
    client.tree.pass(1_000);
    const sync = client.sync.bind(client);
    let release = (): void => {};
    client.sync = async (path) => {
      await sync(path);
      release = client.hold();
    };
    const { subscription, calls } = recordSubscription(client, '/a', { since: 0n });
    await eventually(() => client.reads.some((read) => read.startsWith('readMany')));
    client.restore(backup, zxid);
    release();
    await calls.untilCount(2);
    expect(calls.items).toEqual(['created /a', 'created /a/b']);
    await subscription.close();
  });

  it('goes on without sync where it is refused, and reports that', async () => {
    const client = stage();
    const since = await checkpointOf(client);
    client.tree.create('/a/c');
    const refusal = Object.assign(new Error('no sync'), { code: 'UNIMPLEMENTED', retryable: false });
    client.readError = (operation) => (operation === 'sync' ? refusal : undefined);
    const { subscription, calls, errors } = recordSubscription(client, '/a', { since });
    await calls.untilCount(1);
    expect(calls.items).toEqual(['created /a/c']);
    expect(errors.items).toEqual([refusal]);
    await subscription.close();
  });
});
