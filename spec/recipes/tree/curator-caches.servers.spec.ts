import { describe, expect } from 'vitest';
import { type Tree, TreeWatch } from '../../../index.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it } from '../../support/fixtures.js';
import { recordTree } from '../../support/recorded-trees.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

const namesOf = (tree: Tree | undefined): string[] => Array.from(tree ?? [], ({ path }) => path);

/** The scenarios of Curator's tests of CuratorCache, TreeCache and PathChildrenCache, as they are here. */
describe.for(TREE_WAYS)("Curator's scenarios of its caches: a TreeWatch $name", ({ of }) => {
  describe('as a TreeCache or CuratorCache', () => {
    it('testSelector: has only the znodes that a selector takes', async ({ client, other }) => {
      for (const path of ['/root', '/root/n1-a', '/root/n1-b', '/root/n1-b/n2-a', '/root/n1-b/n2-b', '/root/n1-d'])
        await other.create(path);
      const { watch, calls } = recordTree(of(client), '/root', { ignore: (path) => path.startsWith('/root/n1-b/') });
      await watch.ready;
      expect(calls.items).toEqual([
        ['created /root', 'created /root/n1-a', 'created /root/n1-b', 'created /root/n1-d'],
      ]);
      watch.stop();
    });

    it('testStartup, testStartEmpty, testStartEmptyDeeper: is initialized with what there is, nothing included', async ({
      client,
      other,
    }) => {
      await other.create('/root/1/2/3', 'deep', { makePath: true });
      const full = recordTree(of(client), '/root');
      const empty = recordTree(of(client), '/none/below/here');
      await Promise.all([full.watch.ready, empty.watch.ready]);
      expect(full.calls.items[0]).toHaveLength(4);
      expect(empty.calls.items).toEqual([[]]);
      await other.create('/none/below/here', 'late', { makePath: true });
      await empty.calls.untilCount(2);
      expect(empty.calls.items[1]).toEqual(['created /none/below/here']);
      full.watch.stop();
      empty.watch.stop();
    });

    it('testDepth0, testDepth1, testDepth1Deeper, testCreateParents: has as many levels as asked for', async ({
      client,
      other,
    }) => {
      await other.create('/root/1/11/111', '', { makePath: true });
      await other.create('/root/2');
      for (const [path, depth, expected] of [
        ['/root', 0, ['created /root']],
        ['/root', 1, ['created /root', 'created /root/1', 'created /root/2']],
        ['/root/1', 1, ['created /root/1', 'created /root/1/11']],
      ] as const) {
        const { watch, calls } = recordTree(of(client), path, { depth });
        await watch.ready;
        expect([...(calls.items[0] ?? [])].sort()).toEqual(expected);
        watch.stop();
      }
    });

    it('testFromRoot and testFromRootWithDepth: can watch the root of all', async ({ client, other }) => {
      await other.create('/one/two', '', { makePath: true });
      const whole = recordTree(of(client), '/');
      const shallow = recordTree(of(client), '/', { depth: 1 });
      await Promise.all([whole.watch.ready, shallow.watch.ready]);
      expect(whole.calls.items).toEqual([['created /', 'created /one', 'created /one/two']]);
      expect(shallow.calls.items).toEqual([['created /', 'created /one']]);
      await other.setData('/one/two', 'new');
      await whole.calls.untilCount(2);
      expect(whole.calls.items[1]).toEqual(['modified /one/two']);
      expect(shallow.calls.items).toHaveLength(1);
      whole.watch.stop();
      shallow.watch.stop();
    });

    it('testUpdateWhenNotCachingData and testDeleteThenCreate: has changes without data, and recreated znodes', async ({
      client,
      other,
    }) => {
      await other.create('/root/foo', 'one', { makePath: true });
      const { watch, calls, audit } = recordTree(of(client), '/root', { data: false });
      await watch.ready;
      await other.setData('/root/foo', 'something');
      await calls.untilCount(2);
      await other.delete('/root/foo');
      await calls.untilCount(3);
      await other.create('/root/foo', 'two');
      await calls.untilCount(4);
      expect(calls.items.slice(1)).toEqual([['modified /root/foo'], ['deleted /root/foo'], ['created /root/foo']]);
      expect(audit.violations).toEqual([]);
      watch.stop();
    });

    it('testDeleteThenCreateRoot: has the root again after it was gone', async ({ client, other }) => {
      await other.create('/root', 'one');
      const { watch, calls, audit } = recordTree(of(client), '/root');
      await watch.ready;
      await other.delete('/root');
      await calls.untilCount(2);
      await other.create('/root', 'two');
      await calls.untilCount(3);
      expect(calls.items).toEqual([['created /root'], ['deleted /root'], ['created /root']]);
      expect(audit.copy.get('/root')?.data).toBe('two');
      watch.stop();
    });

    it('testKilledSession: has nothing to report after an expiry but what has changed, ephemerals included', async ({
      connect,
      other,
      port,
    }) => {
      const client = await connect({ sessionTimeout: 1_000 });
      await other.create('/root/foo', '', { makePath: true });
      await client.create('/root/foo/me', 'data', { mode: 'ephemeral' });
      const { watch, calls, events } = recordTree(of(client), '/root');
      await watch.ready;
      await expireSession(client, port);
      await events.until((all) => all.includes('resynced'));
      await calls.untilCount(2);
      expect(calls.items.slice(1)).toEqual([['deleted /root/foo/me']]);
      watch.stop();
    });

    it('testBasicsOnTwoCaches, testServerNotStartedYet: caches of one tree have the same, those before connect() too', async ({
      makeClient,
      client,
      other,
    }) => {
      await other.create('/root');
      const early = makeClient();
      const [one, two] = [recordTree(of(early), '/root'), recordTree(of(client), '/root')];
      await two.watch.ready;
      await early.connect();
      await one.watch.ready;
      await other.create('/root/one', 'hey there');
      await other.setData('/root/one', 'sup!');
      const both = [one, two];
      await Promise.all(
        both.map(({ calls, audit }) => calls.until(() => audit.copy.get('/root/one')?.data === 'sup!')),
      );
      await other.delete('/root/one');
      await Promise.all(both.map(({ calls, audit }) => calls.until(() => !audit.copy.has('/root/one'))));
      expect([one.audit.violations, two.audit.violations]).toEqual([[], []]);
      one.watch.stop();
      two.watch.stop();
    });

    it('testErrorListener: an error of the function does not reach the others, and is reported', async ({
      client,
      other,
    }) => {
      await other.create('/root');
      const error = new Error('of the function');
      const failing = recordTree(of(client), '/root', {
        during: () => {
          throw error;
        },
      });
      const sound = recordTree(of(client), '/root');
      await sound.watch.ready;
      await other.create('/root/foo');
      await sound.calls.untilCount(2);
      await failing.errors.untilCount(2);
      expect(new Set(failing.errors.items)).toEqual(new Set([error]));
      failing.watch.stop();
      sound.watch.stop();
    });

    it('testIterateWithChildren, testGetCurrentChildren: a tree stays as it was given', async ({ client, other }) => {
      await other.create('/root/a/b', '', { makePath: true });
      const trees: Tree[] = [];
      const { calls, watch } = recordTree(of(client), '/root');
      const reading = new TreeWatch(of(client), '/root', (tree) => void trees.push(tree));
      await Promise.all([watch.ready, reading.ready]);
      await other.deleteRecursive('/root/a');
      await other.create('/root/c');
      await calls.until((all) => all.flat().includes('created /root/c'));
      expect(namesOf(trees[0])).toEqual(['/root', '/root/a', '/root/a/b']);
      expect(Array.from(trees[0]?.under('/root/a') ?? [], ({ path }) => path)).toEqual(['/root/a', '/root/a/b']);
      expect([trees[0]?.has('/root/c'), trees[0]?.size]).toEqual([false, 3]);
      watch.stop();
      reading.stop();
    });

    it('CURATOR-391: finds znodes that were recreated in a partition, whose versions are the same, and their children', async ({
      connect,
      proxy,
      chroot,
      other,
    }) => {
      for (const path of ['/root', '/root/a', '/root/a/kept', '/root/a/lost', '/root/b'])
        await other.create(path, 'same');
      const client = await connect({ connectString: `${proxy.connectString}${chroot}` });
      const { watch, calls, audit, changes } = recordTree(of(client), '/root');
      await watch.ready;
      proxy.refuse();
      proxy.cut();
      await other.deleteRecursive('/root/a');
      for (const path of ['/root/a', '/root/a/kept', '/root/a/found']) await other.create(path, 'same');
      await other.delete('/root/b');
      await other.create('/root/b', 'same');
      await proxy.accept();
      await calls.until(() => audit.copy.has('/root/a/found') && !audit.copy.has('/root/a/lost'));
      expect(calls.items.slice(1).flat().sort()).toEqual([
        'created /root/a/found',
        'deleted /root/a/lost',
        'modified /root/a recreated',
        'modified /root/a/kept recreated',
        'modified /root/b recreated',
      ]);
      const b = changes.items.filter(({ path }) => path === '/root/b').map(({ node }) => node?.stat);
      expect([b[0]?.version, b[1]?.version]).toEqual([0, 0]);
      expect(audit.violations).toEqual([]);
      watch.stop();
    });
  });

  describe('of depth 1, as a PathChildrenCache', () => {
    it('testBasics, testUpdateWhenNotCachingData, testModes: has the children with their data, and no grandchildren', async ({
      client,
      other,
    }) => {
      await other.create('/root');
      const { watch, calls, changes } = recordTree(of(client), '/root', { depth: 1 });
      await watch.ready;
      await other.create('/root/one', 'hey there');
      await calls.untilCount(2);
      await other.create('/root/one/below');
      await other.setData('/root/one', 'sup!');
      await calls.untilCount(3);
      await other.deleteRecursive('/root/one');
      await calls.untilCount(4);
      expect(calls.items.slice(1)).toEqual([['created /root/one'], ['modified /root/one'], ['deleted /root/one']]);
      expect(changes.items.map(({ node }) => node && String(node.data)).slice(1)).toEqual(['hey there', 'sup!', null]);
      watch.stop();
    });

    it('testEnsurePath, testDeleteThenCreate of the parent: goes on with the children of the new parent', async ({
      client,
      other,
    }) => {
      const { watch, calls, audit } = recordTree(of(client), '/one/two', { depth: 1 });
      await watch.ready;
      await other.create('/one/two/three', '', { makePath: true });
      await calls.until(() => audit.copy.has('/one/two/three'));
      await other.deleteRecursive('/one');
      await calls.until(() => audit.copy.size === 0);
      await other.create('/one/two/four', '', { makePath: true });
      await calls.until(() => audit.copy.has('/one/two/four'));
      expect([...audit.copy.keys()].sort()).toEqual(['/one/two', '/one/two/four']);
      expect(audit.violations).toEqual([]);
      watch.stop();
    });

    it('testChildrenInitialized, testAsyncInitialPopulation: is called first with all children', async ({
      client,
      other,
    }) => {
      await other.create('/root');
      const names = Array.from({ length: 300 }, (_, nth) => `/root/${String(nth).padStart(3, '0')}`);
      await Promise.all(names.map((path) => other.create(path, path)));
      const { watch, calls, audit } = recordTree(of(client), '/root', { depth: 1 });
      await watch.ready;
      expect(calls.items).toHaveLength(1);
      expect([...audit.copy.keys()].sort()).toEqual(['/root', ...names]);
      watch.stop();
    });

    it('has the children that came and went in a partition', async ({ connect, proxy, chroot, other }) => {
      for (const path of ['/root', '/root/stays', '/root/goes']) await other.create(path);
      const client = await connect({ connectString: `${proxy.connectString}${chroot}` });
      const { watch, calls, audit } = recordTree(of(client), '/root', { depth: 1 });
      await watch.ready;
      proxy.refuse();
      proxy.cut();
      await other.delete('/root/goes');
      await other.create('/root/comes');
      await other.create('/root/short');
      await other.delete('/root/short');
      await proxy.accept();
      await calls.until((all) => all.flat().length === 5);
      expect(calls.items.slice(1).flat().sort()).toEqual(['created /root/comes', 'deleted /root/goes']);
      expect(audit.violations).toEqual([]);
      watch.stop();
    });
  });
});
