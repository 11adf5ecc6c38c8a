import { describe, expect, it } from 'vitest';
import { TREE } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

describe('a connection that is lost', () => {
  it.for([
    ['recursive', 2],
    ['one-shot', 1],
  ] as const)('after the last reading of a round and before its end loses no change (%s)', async ([mode, nth]) => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = mode === 'recursive';
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    let asked = Number.NEGATIVE_INFINITY;
    const { watch, calls, audit } = recordTree(client, '/a', {
      ignore: (path) => {
        if (path !== '/a/ignored') return false;
        asked += 1;
        // A recursive watch has an event of it, before the list of children.
        if (asked === nth) queueMicrotask(() => client.become('suspended'));
        return true;
      },
    });
    await watch.ready;
    asked = 0;
    client.tree.create('/a/ignored');
    client.tree.set('/a', 'new');
    await turn();
    expect([client.state, calls.items.length]).toEqual(['suspended', 1]);
    client.become('connected');
    await turn();
    expect(calls.items.slice(1)).toEqual([['modified /a']]);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('between two portions of a round leaves the position before what was not read', async () => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = false;
    client.tree.create('/a');
    const paths = Array.from({ length: TREE.oneShotPortion.znodes + 1 }, (_, index) => `/a/${1_000 + index}`);
    for (const path of paths) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const { position } = watch;
    const last = paths.at(-1) as string;
    const { getData } = client;
    client.getData = async (path, watcher) => {
      const reply = await getData.call(client, path, watcher);
      if (path === last) client.become('suspended');
      return reply;
    };
    for (const path of paths) client.tree.set(path, 'new');
    await turn();
    await turn();
    expect(client.state).toBe('suspended');
    expect(watch.position).toBe(position);
    client.getData = getData;
    client.become('connected');
    await calls.until((all) => all.flat().length === 1 + 2 * paths.length);
    watch.stop();
  });
});
