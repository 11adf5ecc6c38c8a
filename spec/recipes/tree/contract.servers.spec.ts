import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect } from 'vitest';
import { type Tree, type TreeChange, TreeWatch } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it } from '../../support/fixtures.js';
import { printChange, recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

describe.for(TREE_WAYS.slice(0, 2))('T1: a TreeWatch $name keeps the delivery contract:', ({ of }) => {
  it('1. it is called once as soon as the tree is known, and then with each change', async ({ client, other }) => {
    await other.create('/a/b', 'x', { makePath: true });
    const { watch, calls, changes } = recordTree(of(client), '/a');
    await watch.ready;
    expect(calls.items).toEqual([['created /a', 'created /a/b']]);
    await other.setData('/a/b', 'y');
    await calls.untilCount(2);
    await other.create('/a/c');
    await calls.untilCount(3);
    await other.delete('/a/b');
    await calls.untilCount(4);
    expect(calls.items.slice(1)).toEqual([['modified /a/b'], ['created /a/c'], ['deleted /a/b']]);
    const modified = changes.items.find(({ type }) => type === 'modified');
    expect([String(modified?.before?.data), String(modified?.node?.data)]).toEqual(['x', 'y']);
    expect(modified?.zxid).toBe(modified?.node?.stat.mzxid);
  });

  it('2. changes that come during a call are one change per znode, and the last one is never lost', async ({
    client,
    other,
  }) => {
    await other.create('/a/b', '', { makePath: true });
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { watch, calls, audit } = recordTree(of(client), '/a', { during: () => held });
    await calls.untilCount(1);
    for (let value = 1; value <= 50; value += 1) await other.setData('/a/b', String(value));
    await other.create('/a/c');
    await other.delete('/a/c');
    await other.create('/a/d');
    release();
    await calls.until(() => audit.copy.has('/a/d') && audit.copy.get('/a/b')?.data === '50');
    expect(calls.items.flat().filter((change) => change === 'modified /a/b').length).toBeLessThanOrEqual(3);
    expect(calls.items.flat()).not.toContain('created /a/c');
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('3. no change comes twice, and none of an ACL or of what is beside the tree', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    await other.create('/ab');
    const { watch, calls, audit } = recordTree(of(client), '/a');
    await watch.ready;
    await other.setAcl('/a/b', [{ perms: 31, scheme: 'world', id: 'anyone' }]);
    await other.setData('/ab', 'x');
    await other.create('/ab/c');
    await other.setData('/a/b', 'same');
    await calls.untilCount(2);
    await other.setData('/a/b', 'same');
    await calls.untilCount(3);
    expect(calls.items.slice(1)).toEqual([['modified /a/b'], ['modified /a/b']]);
    expect(audit.violations).toEqual([]);
  });

  it('4. calls never overlap', async ({ client, other }) => {
    await other.create('/a');
    let [running, most] = [0, 0];
    const { watch, calls, audit } = recordTree(of(client), '/a', {
      during: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
      },
    });
    await watch.ready;
    for (let child = 0; child < 30; child += 1) await other.create(`/a/${child}`);
    await calls.until(() => audit.copy.size === 31);
    expect(most).toBe(1);
  });

  it.for([undefined, 0, '', null, 'false'])(
    '5. it goes on for %j, and stops for false and its promise',
    async (value, { client, other }) => {
      await other.create('/a');
      const results: unknown[] = [value, Promise.resolve(value), Promise.resolve(false)];
      const { watch, calls, events } = recordTree(of(client), '/a', { during: () => results.shift() });
      await watch.ready;
      await other.create('/a/b');
      await calls.untilCount(2);
      await other.create('/a/c');
      await events.until((all) => all.includes('stop returned-false'));
      await other.create('/a/d');
      await client.sync('/');
      expect(calls.items).toHaveLength(3);
      expect([watch.stopped, watch.status]).toEqual([true, 'stale']);
    },
  );

  it('6. no call begins after stop(), which keeps no listener of the client', async ({ client, other }) => {
    await other.create('/a');
    const listeners = client.listenerCount('state');
    const { watch, calls } = recordTree(of(client), '/a');
    await watch.ready;
    watch.stop();
    watch.stop();
    await other.create('/a/b');
    await client.sync('/');
    expect(calls.items).toHaveLength(1);
    expect(client.listenerCount('state')).toBe(listeners);
  });

  it('6. a signal and the end of the client stop it', async ({ connect, other }) => {
    await other.create('/a');
    const client = await connect();
    const abort = new AbortController();
    const aborted = recordTree(of(client), '/a', { signal: abort.signal });
    const closed = recordTree(of(client), '/a');
    await Promise.all([aborted.watch.ready, closed.watch.ready]);
    abort.abort();
    await client.close();
    await aborted.events.until((all) => all.includes('stop aborted'));
    await closed.events.until((all) => all.includes('stop client-closed'));
  });

  it('7. a function that throws is reported, and goes on', async ({ client, other }) => {
    await other.create('/a');
    const error = new Error('of the function');
    const { watch, calls, errors } = recordTree(of(client), '/a', {
      during: () => {
        throw error;
      },
    });
    await expect(watch.ready).rejects.toBe(error);
    await other.create('/a/b');
    await calls.untilCount(2);
    await errors.untilCount(2);
    expect(errors.items).toEqual([error, error]);
  });

  it('9. user code runs neither in the constructor nor below a frame of the client', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const stacks = new Recorder<string>();
    const note = (): void => stacks.record(new Error().stack ?? '');
    const ignore = (): boolean => {
      note();
      return false;
    };
    const watch = new TreeWatch(of(client), '/a', note, { ignore });
    expect(stacks.items).toEqual([]);
    await watch.ready;
    await other.create('/a/c');
    await stacks.untilCount(3);
    expect(stacks.items.filter((stack) => /lib.zookeeper.(session|connection)/.test(stack))).toEqual([]);
    watch.stop();
  });

  it('10. watches of one tree share what the server is asked, and cannot reach each other', async ({
    client,
    other,
  }) => {
    await other.create('/a/b', 'secret', { makePath: true });
    const calls = new Recorder<readonly TreeChange[]>();
    const harm = (tree: Tree, changes: readonly TreeChange[]): void => {
      for (const { data } of tree) data?.fill(0);
      (changes as TreeChange[]).length = 0;
    };
    const watches = [
      new TreeWatch(of(client), '/a', harm),
      new TreeWatch(of(client), '/a', (_tree, changes) => calls.record(changes)),
    ];
    for (const watch of watches) watch.on('error', () => {});
    await watches[1]?.ready;
    expect(calls.items[0]?.map(printChange)).toEqual(['created /a', 'created /a/b']);
    expect(String(calls.items[0]?.[1]?.node?.data)).toBe('secret');
    for (const frozen of [calls.items[0], calls.items[0]?.[1], calls.items[0]?.[1]?.node]) {
      expect(Object.isFrozen(frozen)).toBe(true);
    }
    for (const watch of watches) watch.stop();
  });

  it('10. each call runs in the context of its registration', async ({ client, other }) => {
    await other.create('/a');
    const storage = new AsyncLocalStorage<string>();
    const seen = new Recorder<string | undefined>();
    const watch = storage.run(
      'registered',
      () => new TreeWatch(of(client), '/a', () => seen.record(storage.getStore())),
    );
    await watch.ready;
    await storage.run('changed', () => other.create('/a/b'));
    expect(await seen.untilCount(2)).toEqual(['registered', 'registered']);
    watch.stop();
  });
});
