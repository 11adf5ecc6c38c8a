import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BlobBoard } from '../../../lib/http/blob-handler/blob-board.js';
import { TreeFeed } from '../../../lib/http/event-gateway/tree-feed.js';
import { createEventGateway } from '../../../lib/http/index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { ServedFakeBlobs } from '../../support/fake-blob-store.js';

type Listen = (listener: () => void) => () => void;

let restore = (): void => {};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  restore();
  vi.useRealTimers();
});

/** The listeners of all objects of a class, present and future. */
function listenersOf({ prototype }: { prototype: { listen: Listen } }): ReadonlySet<object> {
  const { listen } = prototype;
  const listeners = new Set<object>();
  restore = replaceProperty(prototype, 'listen', function (this: typeof prototype, listener: () => void) {
    const remove = listen.call(this, listener);
    listeners.add(remove);
    return () => {
      listeners.delete(remove);
      remove();
    };
  });
  return listeners;
}

it('a request for changes of blobs listens no longer than it waits, however it ends', async () => {
  const listeners = listenersOf(BlobBoard);
  const served = new ServedFakeBlobs();
  await served.first('id=a');
  const leaving = new AbortController();
  const waiting = ['', '&wait=50', '&wait=10000'].map((wait, index) =>
    outcome(served.poll(`id=a&since=1${wait}`, index === 0 ? { signal: leaving.signal } : {})),
  );
  await pass(10);
  expect(listeners.size).toBe(3);
  leaving.abort();
  await pass(100);
  expect(listeners.size).toBe(1);
  served.store.write('a', 2n);
  served.store.position = 2n;
  await pass(100);
  expect(waiting.map(({ value }) => (value as { status: number }).status)).toEqual([499, 200, 200]);
  // The one that ends the watch when nobody comes.
  expect([listeners.size, vi.getTimerCount()]).toEqual([0, 1]);
  served.store.end();
});

it('a poll of the event gateway listens no longer than it waits, however it ends', async () => {
  const listeners = listenersOf(TreeFeed);
  const client = new FakeTreeClient();
  client.tree.create('/a', 'a');
  const gateway = createEventGateway(client, '/a');
  const poll = async (query: string, init?: RequestInit): Promise<{ position: string; cursor: string }> =>
    (await gateway.handler(new Request(`http://host/events?${query}`, init))).json() as never;
  const first = poll('');
  await pass(100);
  const { position, cursor } = await first;
  const since = `since=${position}&cursor=${cursor}`;
  const leaving = new AbortController();
  const waiting = [
    poll(since, { signal: leaving.signal }),
    ...['50', '10000', '20000'].map((wait) => poll(`${since}&wait=${wait}`)),
  ].map(outcome);
  await pass(10);
  expect(listeners.size).toBe(4);
  leaving.abort();
  await pass(100);
  expect(listeners.size).toBe(2);
  client.tree.set('/a', 'b');
  client.ping();
  await pass(100);
  expect(waiting.map(({ value }) => value === 'pending')).toEqual([false, false, false, false]);
  expect(listeners.size).toBe(0);
  await gateway.close();
  expect(vi.getTimerCount()).toBe(0);
});
