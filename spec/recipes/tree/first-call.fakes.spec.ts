import { describe, expect, it } from 'vitest';
import { TreeWatch } from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Gate } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

describe.for(['recursive', 'one-shot'] as const)('the first call of a TreeWatch (%s)', (mode) => {
  const makeClient = (...paths: readonly string[]): FakeTreeClient => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = mode === 'recursive';
    for (const path of paths) client.tree.create(path, path);
    return client;
  };

  it('has every znode as created, parents first', async () => {
    const client = makeClient('/a', '/a/b', '/a/b/c', '/a/d', '/ab', '/ab/c');
    const { watch, calls, audit } = recordTree(client, '/a');
    await watch.ready;
    expect(calls.items).toEqual([['created /a', 'created /a/b', 'created /a/b/c', 'created /a/d']]);
    expect(watch.mode).toBe(mode);
    expect(watch.status).toBe('fresh');
    expect(audit.violations).toEqual([]);
  });

  it('comes with an empty tree while the root is missing, which is waited for', async () => {
    const client = makeClient();
    const { watch, calls, audit } = recordTree(client, '/a');
    await watch.ready;
    expect(calls.items).toEqual([[]]);
    client.tree.create('/a');
    client.tree.create('/a/b');
    await turn();
    expect(calls.items.flat()).toEqual(['created /a', 'created /a/b']);
    expect(audit.violations).toEqual([]);
  });

  it('comes once all that changed while loading was read', async () => {
    const client = makeClient('/a', '/a/b', '/a/c', '/a/d', '/a/d/e');
    const { watch, calls, audit } = recordTree(client, '/a');
    client.insideNextReply(() => {
      client.tree.set('/a/b', 'new');
      client.tree.delete('/a/c');
      client.tree.delete('/a/d/e');
      client.tree.delete('/a/d');
      client.tree.create('/a/f');
    });
    await watch.ready;
    await turn();
    expect(calls.items).toEqual([['created /a', 'created /a/b', 'created /a/f']]);
    expect(audit.copy.get('/a/b')?.data).toBe('new');
    expect(audit.violations).toEqual([]);
  });

  it('is followed by calls that have the present stat of the znode above those that came and went', async () => {
    const client = makeClient('/a', '/a/b');
    const numbers: unknown[] = [];
    const watch = new TreeWatch(client, '/a', (tree) => void numbers.push(tree.get('/a')?.stat.numChildren));
    await watch.ready;
    client.tree.create('/a/c');
    await turn();
    client.tree.delete('/a/c');
    await turn();
    expect(numbers).toEqual([1, 2, 1]);
    watch.stop();
  });

  it('is the only one for which anything is read while it runs', async () => {
    const client = makeClient('/a', '/a/b');
    const gate = new Gate();
    const { watch, calls } = recordTree(client, '/a', { during: () => gate.opened });
    await calls.untilCount(1);
    await turn();
    const before = client.reads.length;
    for (let value = 0; value < 5; value += 1) {
      client.tree.set('/a/b', String(value));
      client.tree.create(`/a/${value}`);
      await turn();
    }
    expect(client.reads.length).toBe(before);
    gate.open();
    await calls.untilCount(2);
    expect(calls.items[1]).toHaveLength(6);
    watch.stop();
  });
});
