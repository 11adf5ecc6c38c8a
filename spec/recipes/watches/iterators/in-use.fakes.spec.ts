import { describe, expect, it } from 'vitest';
import { ChildrenWatch, DataWatch, WatchInUseError } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { outcome, turn } from '../../../../testing/passing-time.js';
import { Recorder } from '../../../../testing/recorder.js';
import { rejectionOf } from '../../../support/rejection.js';
import { loopOver } from './loop.js';

const KINDS = [
  ['DataWatch', (client: FakeClient, func?: () => void) => new DataWatch(client, '/node', func)],
  ['ChildrenWatch', (client: FakeClient, func?: () => void) => new ChildrenWatch(client, '/node', func)],
] as const;

function makeClient(): FakeClient {
  const client = new FakeClient();
  client.tree.create('/node');
  return client;
}

/** Makes a change that both a DataWatch and a ChildrenWatch see. */
function change({ tree }: FakeClient): void {
  tree.set('/node', 'changed');
  tree.create('/node/child');
}

describe('one watch, two users', () => {
  it.for(KINDS)(
    '%s: a loop beside a function throws WatchInUseError, and the function is still called',
    async ([, make]) => {
      const client = makeClient();
      const calls = new Recorder<void>();
      const watch = make(client, () => calls.record());
      expect(() => watch[Symbol.asyncIterator]()).toThrow(WatchInUseError);
      expect(await rejectionOf(loopOver<unknown>(watch).end)).toMatchObject({ code: 'WATCH_IN_USE', path: '/node' });
      await turn();
      change(client);
      await turn();
      expect([calls.items.length, watch.stopped]).toEqual([2, false]);
    },
  );

  it.for(KINDS)('%s: registering a function beside a loop throws, and the loop continues', async ([, make]) => {
    const client = makeClient();
    const watch = make(client);
    const { turns } = loopOver<unknown>(watch);
    const calls = new Recorder<void>();
    expect(() => watch.register(() => calls.record())).toThrow(WatchInUseError);
    await turn();
    change(client);
    await turn();
    expect(() => watch.register(() => calls.record())).toThrow(WatchInUseError);
    expect([turns.items.length, calls.items.length, watch.stopped]).toEqual([2, 0, false]);
  });

  it.for(KINDS)('%s: a second loop throws, whether the first has not begun or has ended', async ([, make]) => {
    const watch = make(makeClient());
    const first = watch[Symbol.asyncIterator]();
    expect(() => watch[Symbol.asyncIterator]()).toThrow(WatchInUseError);
    const value = outcome(first.next());
    await turn();
    expect(value.value).toMatchObject({ done: false });
    expect(() => watch[Symbol.asyncIterator]()).toThrow(WatchInUseError);
    await first.return?.();
    expect(() => watch[Symbol.asyncIterator]()).toThrow(WatchInUseError);
    expect(() => watch.register(() => {})).toThrow(WatchInUseError);
  });

  it('a rejected loop does not change the arguments of the function of a ChildrenWatch', async () => {
    const client = makeClient();
    const counts = new Recorder<number>();
    const watch = new ChildrenWatch(client, '/node', (...args) => counts.record(args.length));
    expect(() => watch[Symbol.asyncIterator]()).toThrow(WatchInUseError);
    await turn();
    expect(counts.items).toEqual([1]);
  });

  it('an iterator is its own iterable', () => {
    const iterator = new DataWatch(makeClient(), '/node')[Symbol.asyncIterator]();
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator);
  });
});
