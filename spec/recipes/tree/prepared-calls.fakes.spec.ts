import { afterEach, describe, expect, it, vi } from 'vitest';
import { TreeWatch } from '../../../index.js';
import { isSliceOver } from '../../../lib/core/slices.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass, turn } from '../../../testing/passing-time.js';
import { Gate } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

function stage(children = 1): FakeTreeClient {
  const client = new FakeTreeClient();
  client.tree.create('/a');
  for (let nth = 0; nth < children; nth += 1) client.tree.create(`/a/${nth}`);
  return client;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a call of a TreeWatch whose changes take longer than a turn to prepare', () => {
  it.each([
    ['the watch is stopped', (watch: TreeWatch) => watch.stop()],
    ['close() of the client was called', (_: TreeWatch, client: FakeTreeClient) => void closeSilently(client)],
  ])('does not begin when %s meanwhile', async (_name, end) => {
    const client = stage(300);
    const busy = new TreeWatch(client, '/a', () => {
      while (!isSliceOver());
      queueMicrotask(() => end(recorded.watch, client));
    });
    const recorded = recordTree(client, '/a');
    await busy.ready;
    for (let turns = 0; turns < 8; turns += 1) await turn();
    expect(recorded.calls.items).toEqual([]);
    Reflect.deleteProperty(client, 'state');
    client.become('closed');
  });

  function closeSilently(client: FakeTreeClient): void {
    Object.defineProperty(client, 'state', { value: 'closed', configurable: true });
  }

  it('begins later', async () => {
    const client = stage(300);
    const busy = new TreeWatch(client, '/a', () => {
      while (!isSliceOver());
    });
    const { calls, watch } = recordTree(client, '/a');
    await Promise.all([busy.ready, watch.ready]);
    expect(calls.items.map((changes) => changes.length)).toEqual([301]);
    client.become('closed');
  });
});

describe('a call of a TreeWatch', () => {
  it('that throws counts for the checkpoint', async () => {
    const client = stage();
    const { watch, calls, errors } = recordTree(client, '/a', {
      during: () => {
        if (calls.items.length === 2) throw new Error('refused');
      },
    });
    await watch.ready;
    client.tree.create('/a/new');
    await turn();
    expect([errors.items.length, watch.checkpoint().size]).toEqual([1, 3]);
    watch.stop();
  });

  it('that ends in an outage moves the position, and starts no idle time', async () => {
    vi.useFakeTimers();
    const client = stage();
    const gate = new Gate();
    const { watch, calls, events } = recordTree(client, '/a', {
      maxIdleTimeout: 1_000,
      during: () => (calls.items.length === 2 ? gate.opened : undefined),
    });
    await pass(0);
    client.tree.set('/a/0', 'new');
    const { zxid } = client.tree;
    await pass(0);
    client.become('suspended');
    gate.open();
    await pass(5_000);
    expect([watch.position, events.items]).toEqual([zxid, []]);
    watch.stop();
  });

  it('starts the idle time again, of which nothing is left after stop()', async () => {
    vi.useFakeTimers();
    const client = stage();
    const { watch, events } = recordTree(client, '/a', { maxIdleTimeout: 1_000 });
    await pass(800);
    client.tree.set('/a/0', 'new');
    await pass(800);
    expect(events.items).toEqual([]);
    watch.stop();
    await pass(0);
    expect([events.items, vi.getTimerCount()]).toEqual([['stop stopped'], 0]);
  });
});

it('a TreeWatch whose checkpoint is of another ensemble is not complete', async () => {
  const client = stage(5);
  const { watch } = recordTree(client, '/a');
  await watch.ready;
  const since = watch.checkpoint();
  watch.stop();
  const other = recordTree(stage(), '/a', { since });
  await other.watch.ready;
  expect([other.watch.complete, other.calls.items]).toEqual([false, [['created /a', 'created /a/0']]]);
  other.watch.stop();
});
