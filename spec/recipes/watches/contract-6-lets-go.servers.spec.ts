import { describe, expect } from 'vitest';
import {
  ChildrenWatch,
  type CoordinationClient,
  DataWatch,
  NoNodeError,
  type Watcher,
  type ZooKeeperClient,
} from '../../../index.js';
import { collectGarbage } from '../../../testing/collect-garbage.js';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/fixtures.js';

/** The client, with access to the watchers passed to its reads. */
function withWatchers(client: ZooKeeperClient, seen: (watcher: Watcher) => void): CoordinationClient {
  return new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const isRead = key === 'getData' || key === 'exists';
        if (isRead && typeof args[1] === 'function') seen(args[1] as Watcher);
        return value.apply(target, args);
      };
    },
  });
}

async function watchAndStop(client: CoordinationClient): Promise<WeakRef<object>[]> {
  const func = () => {};
  const watch = new DataWatch(client, '/quiet', func);
  await watch.ready;
  watch.stop();
  return [new WeakRef(watch), new WeakRef(func)];
}

const alive = (refs: readonly WeakRef<object>[]) => refs.filter((ref) => ref.deref() !== undefined).length;

describe('6. Stop is final: nothing is kept', () => {
  it('keeps neither the watch nor its function, while the client lives on', async ({ client }) => {
    const refs = await watchAndStop(client);
    await eventually(
      () => {
        collectGarbage();
        return alive(refs) === 0;
      },
      { describe: 'the watch and its function collected' },
    );
    expect(client.state).toBe('connected');
  });

  it.for([
    ['before', false],
    ['after', true],
  ] as const)(
    'keeps at most one watcher of 50 watches that are stopped %s their first call, on a quiet path',
    async ([, isCalled], { client }) => {
      await client.create('/quiet');
      const watchers = new Set<WeakRef<Watcher>>();
      const watched = withWatchers(client, (watcher) => watchers.add(new WeakRef(watcher)));
      for (let cycle = 0; cycle < 50; cycle += 1) {
        const watch = new DataWatch(watched, '/quiet', () => {});
        if (isCalled) await watch.ready;
        watch.stop();
      }
      // By then, requests in flight and the requests that follow from them are answered.
      await client.sync('/');
      await client.sync('/');
      expect(watchers.size).toBeGreaterThanOrEqual(50);

      const kept = () => new Set([...watchers].map((ref) => ref.deref()).filter((watcher) => watcher)).size;
      await eventually(
        () => {
          collectGarbage();
          return kept() <= 1;
        },
        { describe: 'at most one watcher left', within: 2_000 },
      );
    },
  );

  it('releases a watch that a known state stops at once, beside a watch that waits for the node', async ({
    client,
  }) => {
    const waiting = new ChildrenWatch(client, '/missing', () => {}, { waitForNode: true });
    await waiting.ready;
    const joining = new ChildrenWatch(client, '/missing', () => {});
    await expect(joining.ready).rejects.toBeInstanceOf(NoNodeError);
    waiting.stop();
    expect(client.listenerCount('state')).toBe(0);
  });
});
