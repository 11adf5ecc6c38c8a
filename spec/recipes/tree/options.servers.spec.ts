import { isDeepStrictEqual } from 'node:util';
import { describe, expect } from 'vitest';
import { Checkpoint, type Tree, TreeWatch } from '../../../index.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

const pathsOf = (tree: Tree): string[] => Array.from(tree, ({ path }) => path);

describe.for(TREE_WAYS)('a TreeWatch $name', ({ of }) => {
  it('T2: is called first with an empty tree while its root is missing, and waits for the root', async ({
    client,
    other,
  }) => {
    const trees: Tree[] = [];
    const watch = new TreeWatch(of(client), '/a/b', (tree) => void trees.push(tree));
    await watch.ready;
    expect([trees[0]?.size, trees[0]?.root, watch.status]).toEqual([0, '/a/b', 'fresh']);
    const { calls } = recordTree(of(client), '/a/b');
    await calls.untilCount(1);
    await other.create('/a');
    await other.create('/a/bc');
    await other.create('/a/b');
    await other.create('/a/b/c');
    await calls.until((all) => all.flat().length === 2);
    await other.deleteRecursive('/a');
    await calls.until((all) => all.flat().length === 4);
    await other.create('/a/b', 'again', { makePath: true });
    await calls.until((all) => all.flat().length === 5);
    expect(calls.items.flat()).toEqual([
      'created /a/b',
      'created /a/b/c',
      'deleted /a/b/c',
      'deleted /a/b',
      'created /a/b',
    ]);
    expect(trees[0]?.size).toBe(0);
    watch.stop();
  });

  it('T3: has each path once in a call, in the order of the transactions, parents first and deletions last', async ({
    client,
    other,
  }) => {
    for (const path of ['/a', '/a/x', '/a/x/y', '/a/x/y/z', '/a/k']) await other.create(path);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { calls, changes, audit, watch } = recordTree(of(client), '/a', { during: () => held });
    await calls.untilCount(1);
    await other.create('/a/new');
    await other.create('/a/new/child');
    await other.setData('/a/k', '1');
    await other.setData('/a/new', 'newer than its child');
    await other.deleteRecursive('/a/x');
    await other.create('/a/x', 'again');
    await other.setData('/a/k', '2');
    await client.sync('/');
    release();
    await calls.untilCount(2);
    expect(calls.items).toHaveLength(2);
    const second = calls.items[1] ?? [];
    expect(new Set(second).size).toBe(second.length);
    const inOrder = (...paths: string[]): number[] => paths.map((path) => second.indexOf(path));
    for (const order of [
      inOrder('created /a/new', 'created /a/new/child', 'modified /a/x recreated', 'modified /a/k'),
      inOrder('deleted /a/x/y/z', 'deleted /a/x/y'),
    ]) {
      expect(order).not.toContain(-1);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }
    expect(second).toHaveLength(6);
    const zxids = changes.items.slice(-6).map(({ zxid }) => zxid);
    expect(zxids).toEqual([...zxids].sort((a, b) => (a < b ? -1 : 1)));
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('T5: has a znode that was deleted and created again as recreated, and those below it that did not return as deleted', async ({
    client,
    other,
  }) => {
    for (const path of ['/a', '/a/b', '/a/b/old', '/a/b/both']) await other.create(path, 'same');
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { calls, audit, watch } = recordTree(of(client), '/a', { during: () => held });
    await calls.untilCount(1);
    await other.deleteRecursive('/a');
    for (const path of ['/a', '/a/b', '/a/b/both']) await other.create(path, 'same');
    await client.sync('/');
    release();
    await calls.until((all) => all.flat().includes('modified /a/b/both recreated'));
    expect([...calls.items.slice(1).flat()].sort()).toEqual([
      'deleted /a/b/old',
      'modified /a recreated',
      'modified /a/b recreated',
      'modified /a/b/both recreated',
    ]);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it.for([
    [0, ['/a']],
    [1, ['/a', '/a/b', '/a/e']],
    [2, ['/a', '/a/b', '/a/b/c', '/a/e']],
  ] as const)(
    'with a depth of %i has the znodes of so many levels, and their changes alone',
    async ([depth, expected], { client, other }) => {
      for (const path of ['/a', '/a/b', '/a/b/c', '/a/b/c/d', '/a/e']) await other.create(path);
      const trees: string[][] = [];
      const { calls, watch, audit } = recordTree(of(client), '/a', { depth });
      const beside = new TreeWatch(of(client), '/a', (tree) => void trees.push(pathsOf(tree)), { depth });
      await Promise.all([watch.ready, beside.ready]);
      expect(trees[0]).toEqual(expected);
      await other.setData('/a/b/c/d', 'x');
      await other.create('/a/b/c/f');
      await other.setData('/a/b/c', 'x');
      await other.setData('/a/e', 'x');
      await other.create('/a/g');
      await other.deleteRecursive('/a/b');
      await other.setData('/a', 'last');
      const ends = [['/a'], ['/a', '/a/e', '/a/g'], ['/a', '/a/e', '/a/g']];
      const end = (): string[] => [...audit.copy.keys()].sort();
      await calls.until((all) => all.flat().includes('modified /a') && isDeepStrictEqual(end(), ends[depth]));
      const depthOf = (change: string): number => change.split('/').length - 2;
      expect(
        calls.items
          .slice(1)
          .flat()
          .filter((change) => depthOf(change) > depth),
      ).toEqual([]);
      expect(audit.violations).toEqual([]);
      watch.stop();
      beside.stop();
    },
  );

  it('leaves out the znodes that `ignore` names, with all below them', async ({ client, other }) => {
    for (const path of ['/a', '/a/b', '/a/b/c', '/a/lock', '/a/lock/x', '/a/b/lock']) await other.create(path);
    const asked = new Set<string>();
    const { calls, watch, audit } = recordTree(of(client), '/a', {
      ignore: (path) => {
        asked.add(path);
        return path.endsWith('/lock');
      },
    });
    await watch.ready;
    expect(calls.items).toEqual([['created /a', 'created /a/b', 'created /a/b/c']]);
    await other.create('/a/lock/y');
    await other.setData('/a/lock', 'x');
    await other.deleteRecursive('/a/lock');
    await other.create('/a/lock');
    await other.create('/a/b/d');
    await calls.until((all) => all.flat().includes('created /a/b/d'));
    expect(calls.items.slice(1)).toEqual([['created /a/b/d']]);
    expect(asked).not.toContain('/a');
    expect([...asked].filter((path) => path.includes('/lock/'))).toEqual([]);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('goes on with a znode over which `ignore` throws, and reports that', async ({ client, other, logger }) => {
    await other.create('/a/b', '', { makePath: true });
    const { calls, watch } = recordTree(of(client), '/a', {
      ignore: () => {
        throw new Error('of ignore');
      },
    });
    await watch.ready;
    expect(calls.items).toEqual([['created /a', 'created /a/b']]);
    expect(logger.messages('error').some((message) => message.includes('of ignore'))).toBe(true);
    watch.stop();
  });

  it('without data reports each change, and has no data', async ({ client, other }) => {
    await other.create('/a/b', 'secret', { makePath: true });
    const { calls, changes, watch, audit } = recordTree(of(client), '/a', { data: false });
    await watch.ready;
    await other.setData('/a/b', 'new');
    await calls.untilCount(2);
    await other.create('/a/b/c', 'secret');
    await calls.untilCount(3);
    await other.delete('/a/b/c');
    await calls.untilCount(4);
    expect(calls.items.slice(1)).toEqual([['modified /a/b'], ['created /a/b/c'], ['deleted /a/b/c']]);
    expect(
      changes.items.flatMap(({ node, before }) => [node?.data ?? null, before?.data ?? null]).filter(Boolean),
    ).toEqual([]);
    expect(changes.items.map(({ node }) => node?.unreadable ?? false)).not.toContain(true);
    expect(changes.items.find(({ type }) => type === 'modified')?.node?.stat.dataLength).toBe(3);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('with a checkpoint as `since` is called first with the whole tree, and exactly the changes since then', async ({
    client,
    other,
  }) => {
    for (const path of ['/a', '/a/b', '/a/gone', '/a/gone/too', '/a/same']) await other.create(path);
    const first = recordTree(of(client), '/a');
    await first.watch.ready;
    const bytes = first.watch.checkpoint().toBytes();
    const from = new Map(first.audit.copy);
    first.watch.stop();
    await other.setData('/a/b', 'new');
    await other.deleteRecursive('/a/gone');
    await other.create('/a/new');
    const trees: string[][] = [];
    const since = Checkpoint.from(bytes);
    expect([since.size, since.position > 0n]).toEqual([5, true]);
    const { calls, watch, audit, changes } = recordTree(of(client), '/a', { since, from });
    const beside = new TreeWatch(of(client), '/a', (tree) => void trees.push(pathsOf(tree)), { since });
    await Promise.all([watch.ready, beside.ready]);
    expect([...(calls.items[0] ?? [])].sort()).toEqual([
      'created /a/new',
      'deleted /a/gone',
      'deleted /a/gone/too',
      'modified /a/b',
    ]);
    expect(trees[0]).toEqual(['/a', '/a/b', '/a/new', '/a/same']);
    expect(changes.items.map(({ before }) => before)).toEqual([null, null, null, null]);
    expect([watch.complete, audit.violations]).toEqual([true, []]);
    await other.setData('/a/same', 'new');
    await calls.untilCount(2);
    expect(calls.items[1]).toEqual(['modified /a/same']);
    watch.stop();
    beside.stop();
  });

  it('with `since` is called first without changes when there was none', async ({ client, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const first = recordTree(of(client), '/a');
    await first.watch.ready;
    const since = first.watch.checkpoint();
    const from = new Map(first.audit.copy);
    first.watch.stop();
    for (const moment of [since, since.position]) {
      const { calls, watch } = recordTree(of(client), '/a', { since: moment, from });
      await watch.ready;
      expect(calls.items).toEqual([[]]);
      expect(watch.complete).toBe(moment === since);
      expect(watch.checkpoint().size).toBe(2);
      watch.stop();
    }
  });

  it('has a position that counts no change whose call has not settled, and never goes back', async ({
    client,
    other,
  }) => {
    await other.create('/a');
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { calls, changes, watch } = recordTree(of(client), '/a', {
      during: () => (calls.items.length === 2 ? held : undefined),
    });
    expect(watch.position).toBe(0n);
    await watch.ready;
    const before = watch.position;
    await other.create('/a/b');
    await calls.untilCount(2);
    await other.create('/a/c');
    await client.sync('/');
    const { zxid } = changes.items[1] as { zxid: bigint };
    expect(watch.position).toBeLessThan(zxid);
    expect(watch.position).toBeGreaterThanOrEqual(before);
    expect(watch.checkpoint().size).toBe(1);
    release();
    await calls.untilCount(3);
    expect(watch.position).toBeGreaterThanOrEqual(zxid);
    watch.stop();
    expect(watch.position).toBeGreaterThanOrEqual(zxid);
  });
});
