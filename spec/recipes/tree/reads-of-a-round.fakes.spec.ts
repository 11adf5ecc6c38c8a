import { describe, expect, it, onTestFinished } from 'vitest';
import { SLICE, TREE } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { replaceProperty } from '../../../testing/replace-property.js';
import { Gate } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';

const nextTurn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** Records the znodes that the client reads together, each time with the options. */
function recordReads(client: FakeTreeClient): [paths: readonly string[], options: unknown][] {
  const { readMany } = client;
  const asked: [readonly string[], unknown][] = [];
  client.readMany = (paths, options) => {
    asked.push([paths, options]);
    return readMany.call(client, paths, options);
  };
  return asked;
}

describe('a round of reads', () => {
  it('reads each new znode and each znode above it once', async () => {
    const client = new FakeTreeClient();
    client.tree.create('/a');
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const asked = recordReads(client);
    for (const path of ['/a/b', '/a/b/c', '/a/d']) client.tree.create(path);
    await calls.untilCount(2);
    expect(asked.flatMap(([paths]) => paths).sort()).toEqual(['/a', '/a/b', '/a/b/c', '/a/d']);
    watch.stop();
  });

  it('reads each of more new znodes than it reads together once', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const asked = recordReads(client);
    const { znodes, atOnce } = TREE.portion;
    const paths = Array.from({ length: znodes * atOnce + 10 }, (_, index) => `/a/b/${index}`);
    for (const path of paths) client.tree.create(path);
    await calls.untilCount(2);
    const read = asked.flatMap(([paths]) => paths);
    expect(read.length).toBe(new Set(read).size);
    expect(calls.last?.length).toBe(paths.length);
    watch.stop();
  });

  it('reads a znode again that was missing, and is in the list of the one above it', async () => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = false;
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    const { watch, calls, audit } = recordTree(client, '/a');
    await watch.ready;
    const { getChildren, getData } = client;
    const oldChild = new Gate();
    client.getData = (path, watcher) => {
      const reply = getData.call(client, path, watcher);
      if (path === '/a/b') void reply.catch(() => oldChild.open());
      return reply;
    };
    client.getChildren = async (path, watcher) => {
      client.getChildren = getChildren;
      await oldChild.opened;
      client.tree.create('/a/b', 'again');
      return getChildren.call(client, path, watcher);
    };
    client.tree.delete('/a/b');
    await calls.until((all) => all.flat().includes('modified /a/b recreated'));
    await turn();
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('reads the rest of a znode whose stat tells of more than was reported', async () => {
    const client = new FakeTreeClient();
    const children = Array.from({ length: TREE.longList + 1 }, (_, index) => `/a/b/${index}`);
    for (const path of ['/a', '/a/b', ...children]) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    client.server.reports = 'nothing';
    client.tree.set('/a/b', 'unreported');
    client.server.reports = 'changed';
    client.tree.create('/a/b/new');
    await calls.untilCount(2);
    expect(calls.last).toEqual(['modified /a/b', 'created /a/b/new']);
    watch.stop();
  });

  it('that fails in a later portion first is read again, and leaves no rejection to the process', async () => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = false;
    const children = Array.from({ length: 2 * TREE.oneShotPortion.znodes }, (_, index) => `/a/${1_000 + index}`);
    for (const path of ['/a', ...children]) client.tree.create(path);
    const { getData } = client;
    const first = new Gate();
    const failed = new Recorder<string>();
    client.getData = async (path, watcher) => {
      if (path === children[0]) await first.opened;
      if (path !== children.at(-1) || failed.items.length > 0) return getData.call(client, path, watcher);
      failed.record(path);
      throw new Error('a fault of this client');
    };
    const { watch, calls, errors } = recordTree(client, '/a');
    await failed.untilCount(1);
    // An unhandled rejection is reported in a turn of its own.
    await turn();
    first.open();
    await calls.untilCount(1);
    expect(calls.last).toHaveLength(1 + children.length);
    expect(errors.items).toHaveLength(1);
    watch.stop();
  });

  it('begins a portion that takes long in a turn of the event loop of its own, and none after stop()', async () => {
    const { znodes, atOnce } = TREE.oneShotPortion;
    const client = new FakeTreeClient();
    client.server.hasRecursive = false;
    client.tree.create('/a');
    for (let index = 0; index < atOnce * znodes; index += 1) client.tree.create(`/a/${1_000 + index}`);
    const { getData } = client;
    const begun = new Recorder<number>();
    client.getData = (path, watcher) => {
      begun.record(performance.now());
      const until = performance.now() + (2 * SLICE.most) / znodes;
      while (performance.now() < until);
      return getData.call(client, path, watcher);
    };
    const { watch } = recordTree(client, '/a');
    const counts: number[] = [];
    while (begun.items.length < 1 + 2 * znodes) {
      await nextTurn();
      counts.push(begun.items.length);
    }
    expect(counts).toContain(1 + znodes);
    watch.stop();
    const { length } = begun.items;
    expect(length).toBeLessThan(1 + atOnce * znodes);
    for (let turns = 0; turns < 3; turns += 1) await nextTurn();
    expect(begun.items).toHaveLength(length);
  });

  it('that is cut off after a return to an older history loses no change of what it has read', async () => {
    onTestFinished(replaceProperty(TREE.portion, 'znodes', 1));
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b', '/a/c', '/a/d']) client.tree.create(path);
    const backup = client.tree.snapshot();
    const { zxid } = client.tree;
    client.tree.pass(1_000);
    client.ping();
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const { readMany } = client;
    client.readMany = async (paths, options) => {
      const reply = await readMany.call(client, paths, options);
      if (paths[0] !== '/a/d') return reply;
      client.readMany = readMany;
      // All others are part of the tree by then.
      await turn();
      client.cut(() => client.tree.set('/a/b', 'new'));
      return reply;
    };
    client.restore(backup, zxid);
    await calls.until((all) => all.flat().includes('modified /a/b'));
    watch.stop();
  });

  it('says that it expects small leaves where all of its znodes were such', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b', '/a/c', '/a/large']) client.tree.create(path);
    client.tree.set('/a/large', 'x'.repeat(TREE.smallData + 1));
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const asked = recordReads(client);
    const change = async (change: () => unknown): Promise<void> => {
      const { length } = calls.items;
      change();
      await calls.untilCount(length + 1);
    };
    await change(() => ['/a/b', '/a/c'].map((path) => client.tree.set(path, 'new')));
    await change(() => ['/a/b', '/a/large'].map((path) => client.tree.set(path, 'x'.repeat(TREE.smallData))));
    await change(() => ['/a/b', '/a/large'].map((path) => client.tree.set(path, 'newest')));
    await change(() => client.tree.create('/a/d'));
    await change(() => client.tree.set('/a', 'new'));
    expect(asked).toEqual([
      [['/a/b', '/a/c'], { data: true, leaves: true }],
      [['/a/b', '/a/large'], { data: true, leaves: false }],
      [['/a/b', '/a/large'], { data: true, leaves: true }],
      [['/a', '/a/d'], { data: true, leaves: false }],
      [['/a'], { data: true, leaves: false }],
    ]);
    watch.stop();
  });
});
