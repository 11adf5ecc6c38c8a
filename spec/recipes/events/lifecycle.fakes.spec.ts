import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClientClosedError, type StopReason, type Subscription, subscribe, WatchStoppedError } from '../../../index.js';
import { isSliceOver } from '../../../lib/core/slices.js';
import { eventually } from '../../../testing/eventually.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { outcome, pass, turn } from '../../../testing/passing-time.js';
import { Gate, recordSubscription } from '../../support/recorded-subscriptions.js';
import { rejectionOf } from '../../support/rejection.js';

function stage(hasRecursive = true) {
  const client = new FakeTreeClient();
  client.server.hasRecursive = hasRecursive;
  for (const path of ['/a', '/a/b']) client.tree.create(path, path);
  return client;
}

/** Nothing of it is left anywhere. */
function expectNothingLeft(client: FakeTreeClient): void {
  expect([client.listenerCount, client.watchedRoots, client.armedPaths]).toEqual([0, [], []]);
}

afterEach(() => {
  vi.useRealTimers();
});

describe.for([
  ['recursive', true],
  ['one-shot', false],
] as const)('a subscription (%s)', ([, hasRecursive]) => {
  it.for([undefined, null, 0, '', 'false', Promise.resolve(null)])('goes on for %j', async (value) => {
    const client = stage(hasRecursive);
    const { subscription, calls } = recordSubscription(client, '/a', { during: () => value });
    await subscription.ready;
    client.tree.create('/a/1');
    await calls.untilCount(1);
    client.tree.create('/a/2');
    await calls.untilCount(2);
    expect(calls.items).toEqual(['created /a/1', 'created /a/2']);
    await subscription.close();
    expectNothingLeft(client);
  });

  it('leaves nothing at its end, however busy the turn was', async () => {
    const client = stage(hasRecursive);
    const { subscription } = recordSubscription(client, '/a');
    await subscription.ready;
    await turn();
    while (!isSliceOver());
    const closing = subscription.close();
    expectNothingLeft(client);
    await closing;
  });

  it.for([false, Promise.resolve(false)])('is closed by the return value false, or its promise', async (value) => {
    const client = stage(hasRecursive);
    const { subscription, calls, events } = recordSubscription(client, '/a', { during: () => value });
    await subscription.ready;
    client.tree.create('/a/1');
    client.tree.create('/a/2');
    expect(await subscription.closed).toBe('returned-false');
    await turn();
    expect(calls.items).toEqual(['created /a/1']);
    expect(events.items).toEqual(['stop returned-false']);
    expectNothingLeft(client);
  });

  it('begins no call after close(), amid several changes and from within a call', async () => {
    const client = stage(hasRecursive);
    const gate = new Gate();
    const { subscription, calls } = recordSubscription(client, '/a', { during: () => gate.opened });
    const inside = recordSubscription(client, '/a', { during: () => void inside.subscription.close() });
    await Promise.all([subscription.ready, inside.subscription.ready]);
    for (const name of ['1', '2', '3']) client.tree.create(`/a/${name}`);
    await calls.untilCount(1);
    await inside.calls.untilCount(1);
    const closing = subscription.close();
    gate.open();
    await closing;
    await subscription.close();
    await inside.subscription.closed;
    client.tree.create('/a/4');
    await turn();
    expect([calls.items, inside.calls.items]).toEqual([['created /a/1'], ['created /a/1']]);
    expectNothingLeft(client);
  });

  it('knows its transport as soon as the server has answered', async () => {
    const client = stage(hasRecursive);
    client.become('suspended');
    const { subscription } = recordSubscription(client, '/a');
    expect(subscription.transport).toBe(null);
    client.become('connected');
    await subscription.ready;
    expect(subscription.transport).toBe('watch');
    await subscription.close();
  });

  it('is closed by its signal, and by the end of the client', async () => {
    const client = stage(hasRecursive);
    const abort = new AbortController();
    const aborted = recordSubscription(client, '/a', { signal: abort.signal });
    const closed = recordSubscription(client, '/a');
    await Promise.all([aborted.subscription.ready, closed.subscription.ready]);
    abort.abort();
    expect(await aborted.subscription.closed).toBe('aborted');
    client.become('closed');
    expect(await closed.subscription.closed).toBe('client-closed');
    expectNothingLeft(client);
  });

  it.for<
    [string, (client: FakeTreeClient, subscription: Subscription, abort: AbortController) => void, unknown, StopReason]
  >([
    ['close()', (_client, subscription) => void subscription.close(), expect.any(WatchStoppedError), 'stopped'],
    ['the signal', (_client, _subscription, abort) => abort.abort(new Error('enough')), new Error('enough'), 'aborted'],
    ['the end of the client', (client) => client.become('closed'), expect.any(ClientClosedError), 'client-closed'],
  ])('rejects `ready` when it is closed before by %s', async ([, end, error, reason]) => {
    const client = stage(hasRecursive);
    client.become('suspended');
    const abort = new AbortController();
    const subscription = subscribe(client, '/a', null, () => {}, { signal: abort.signal });
    end(client, subscription, abort);
    expect(await rejectionOf(subscription.ready)).toEqual(error);
    expect(await subscription.closed).toBe(reason);
    expectNothingLeft(client);
  });

  it('is idle when it had no change to hand out for so long, while it is up to date', async () => {
    vi.useFakeTimers();
    const client = stage(hasRecursive);
    const { subscription, calls } = recordSubscription(client, '/a', {
      filters: { path: '/a/*' },
      maxIdleTimeout: 1_000,
    });
    await pass(900);
    client.tree.create('/a/1');
    await pass(900);
    // No filter selects it.
    client.tree.set('/a', 'new');
    const seen = outcome(subscription.closed);
    client.become('suspended');
    await pass(5_000);
    expect(seen.value).toBe('pending');
    client.become('connected');
    await pass(90);
    expect(seen.value).toBe('pending');
    await pass(20);
    expect(seen.value).toBe('idle');
    expect(calls.items).toEqual(['created /a/1']);
    expectNothingLeft(client);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not idle while it has changes to hand out, however long a call takes', async () => {
    vi.useFakeTimers();
    const client = stage(hasRecursive);
    const { subscription, calls } = recordSubscription(client, '/a', {
      maxIdleTimeout: 1_000,
      during: () => new Promise((resolve) => setTimeout(resolve, 5_000)),
    });
    await pass(0);
    client.tree.create('/a/1');
    client.tree.create('/a/2');
    await pass(0);
    client.cut();
    await pass(9_990);
    expect(calls.items).toEqual(['created /a/1', 'created /a/2']);
    const seen = outcome(subscription.closed);
    await pass(900);
    expect(seen.value).toBe('pending');
    await pass(200);
    expect(seen.value).toBe('idle');
    expectNothingLeft(client);
  });

  it('reports that an interruption is over once all changes until then were handed out', async () => {
    const client = stage(hasRecursive);
    const { subscription, calls, events } = recordSubscription(client, '/a');
    await subscription.ready;
    const order: string[] = [];
    subscription.on('resynced', () => order.push(`resynced after ${calls.items.length}`));
    client.cut(() => client.tree.create('/a/1'));
    await events.untilCount(1);
    expect(order).toEqual(['resynced after 1']);
    await subscription.close();
  });

  it('can be closed by the listener of an error', async () => {
    const client = stage(hasRecursive);
    const { subscription, errors } = recordSubscription(client, '/a', {
      during: () => {
        throw new Error('thrown');
      },
    });
    await subscription.ready;
    subscription.on('error', () => void subscription.close());
    client.tree.create('/a/1');
    client.tree.create('/a/2');
    expect(await subscription.closed).toBe('stopped');
    expect(errors.items).toHaveLength(1);
  });

  it('logs what the function throws when nobody listens', async () => {
    const client = stage(hasRecursive);
    const subscription = subscribe(client, '/a', null, () => Promise.reject(new Error('thrown')));
    await subscription.ready;
    client.tree.create('/a/1');
    const thrown = (): string[] => client.logger.messages('error').filter((message) => message.includes('thrown'));
    await eventually(() => thrown().length > 0);
    expect(thrown()).toHaveLength(1);
    await subscription.close();
  });
});
