import { describe, expect, it } from 'vitest';
import { type Checkpoint, type Subscription, subscribe, WatchInUseError } from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';

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

/** Nothing of it is left anywhere. */
function expectNothingLeft(client: FakeTreeClient): void {
  expect([client.listenerCount, client.watchedRoots, client.armedPaths]).toEqual([0, [], []]);
}

describe('a loop over a subscription', () => {
  it('has each change in its order, and closes the subscription when it ends', async () => {
    const client = stage();
    const since = await checkpointOf(client);
    for (const name of ['1', '2', '3']) client.tree.create(`/a/${name}`);
    const subscription = subscribe(client, '/a', { type: 'created' }, null, { since });
    const paths: string[] = [];
    for await (const { path } of subscription) {
      paths.push(path);
      if (paths.length === 2) client.tree.create('/a/4');
      if (paths.length === 4) break;
    }
    expect(paths).toEqual(['/a/1', '/a/2', '/a/3', '/a/4']);
    expect(await subscription.closed).toBe('stopped');
    expectNothingLeft(client);
  });

  it('is ready before its first turn, and has a position that counts the turns that have ended', async () => {
    const client = stage();
    const since = await checkpointOf(client);
    client.tree.create('/a/1');
    client.tree.create('/a/2');
    const loop = subscribe(client, '/a', null, undefined, { since });
    await loop.ready;
    const positions: bigint[] = [];
    const checkpoints: number[] = [];
    for await (const { path } of loop) {
      positions.push(loop.position);
      checkpoints.push(loop.checkpoint().size);
      if (path === '/a/2') break;
    }
    expect(positions).toEqual([2n, 3n]);
    expect(checkpoints).toEqual([2, 3]);
  });

  it('ends when the subscription is closed or idle, and throws the reason of the signal', async () => {
    const client = stage();
    const abort = new AbortController();
    const loops = {
      closed: subscribe(client, '/a', null),
      idle: subscribe(client, '/a', null, null, { maxIdleTimeout: 5 }),
      aborted: subscribe(client, '/a', null, null, { signal: abort.signal }),
    };
    const ends = new Recorder<string>();
    const run = async (name: string, loop: Subscription): Promise<void> => {
      try {
        for await (const { path } of loop) ends.record(`${name} ${path}`);
        ends.record(`${name} ended`);
      } catch (error) {
        ends.record(`${name} threw ${(error as Error).message}`);
      }
    };
    for (const [name, loop] of Object.entries(loops)) void run(name, loop);
    await Promise.all(Object.values(loops).map(({ ready }) => ready));
    await loops.closed.close();
    abort.abort(new Error('enough'));
    await ends.untilCount(3);
    expect([...ends.items].sort()).toEqual(['aborted threw enough', 'closed ended', 'idle ended']);
    expect(await loops.idle.closed).toBe('idle');
    expectNothingLeft(client);
  });

  it('is the only one, and none beside a function', async () => {
    const client = stage();
    await using loop = subscribe(client, '/a', null);
    loop[Symbol.asyncIterator]();
    expect(() => loop[Symbol.asyncIterator]()).toThrow(WatchInUseError);
    await using called = subscribe(client, '/a', null, () => {});
    expect(() => called[Symbol.asyncIterator]()).toThrow(WatchInUseError);
  });

  it('does not keep a closed subscription from settling, whether or not it begins', async () => {
    const client = stage();
    const loop = subscribe(client, '/a', null);
    await loop.ready;
    client.tree.create('/a/1');
    await turn();
    await loop.close();
    const turns: string[] = [];
    for await (const { path } of loop) turns.push(path);
    expect(turns).toEqual([]);
    expectNothingLeft(client);
  });
});
