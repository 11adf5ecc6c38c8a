import { describe, expect, it } from 'vitest';
import type { WatchedEvent, Watcher } from '../../../../lib/core/coordination-client.js';
import type { WatchedPaths } from '../../../../lib/protocol/requests.js';
import { Chroot } from '../../../../lib/zookeeper/session/chroot.js';
import { SessionWatches, type WatchList } from '../../../../lib/zookeeper/session/session-watches.js';
import { turn } from '../../../../testing/passing-time.js';

type EventType = WatchedEvent['type'];

const LISTS: readonly WatchList[] = ['data', 'exist', 'child'];

function makeWatches() {
  const reported: [unknown, string][] = [];
  const calls: string[] = [];
  const watches = new SessionWatches(new Chroot('/root'), (error, path) => reported.push([error, path]));
  /** Registers a watcher, as an answered read does. */
  const arm = (list: WatchList, absolute: string, watcher: Watcher): void => {
    const arms = { type: list === 'child' ? ('child' as const) : ('data' as const), absolute, watcher };
    watches.begin(arms);
    watches.end(arms, list);
  };
  const watcher = (name: string) => (event: WatchedEvent) => calls.push(`${name} ${event.type} ${event.path}`);
  const watched = (): WatchedPaths[] => [...watches.chunks()];
  return { watches, arm, reported, calls, watcher, watched };
}

describe('SessionWatches', () => {
  it.each<[EventType, WatchList[]]>([
    ['NodeCreated', ['data', 'exist']],
    ['NodeDataChanged', ['data', 'exist']],
    ['NodeChildrenChanged', ['child']],
    ['NodeDeleted', ['data', 'exist', 'child']],
  ])('at %s calls the watchers in the lists %j, once each', async (type, lists) => {
    const { arm, watches, calls, watcher } = makeWatches();
    for (const list of LISTS) arm(list, '/root/a', watcher(list));
    watches.fire({ type, path: '/root/a' });
    watches.fire({ type, path: '/root/a' });
    await turn();
    expect(calls).toEqual(lists.map((list) => `${list} ${type} /a`));
  });

  it('calls no watcher of another path', async () => {
    const { arm, watches, calls, watcher } = makeWatches();
    for (const path of ['/root', '/root/a/b', '/root/aa']) arm('data', path, watcher(path));
    watches.fire({ type: 'NodeDeleted', path: '/root/a' });
    await turn();
    expect(calls).toEqual([]);
  });

  it('calls a function once that watches the same path twice, in one list or in two', async () => {
    const { arm, watches, calls, watcher } = makeWatches();
    const same = watcher('same');
    for (const list of ['data', 'data', 'child'] as const) arm(list, '/root/a', same);
    watches.fire({ type: 'NodeDeleted', path: '/root/a' });
    await turn();
    expect(calls).toEqual(['same NodeDeleted /a']);
  });

  it('calls all watchers of a path, in the order of their registration', async () => {
    const { arm, watches, calls, watcher } = makeWatches();
    for (const name of ['1', '2', '3']) arm('data', '/root', watcher(name));
    watches.fire({ type: 'NodeDataChanged', path: '/root' });
    expect(calls).toEqual([]);
    await turn();
    expect(calls).toEqual(['1', '2', '3'].map((name) => `${name} NodeDataChanged /`));
  });

  it('reports the error that a watcher throws or rejects with, and calls the others', async () => {
    const { arm, watches, calls, reported, watcher } = makeWatches();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    arm('data', '/root/a', () => {
      throw thrown;
    });
    arm('data', '/root/a', async () => {
      throw rejected;
    });
    arm('data', '/root/a', watcher('other'));
    watches.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await turn();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported).toEqual([
      [thrown, '/a'],
      [rejected, '/a'],
    ]);
  });

  it('passes an event that a watcher cannot change for the next one', async () => {
    const { arm, watches, calls, reported, watcher } = makeWatches();
    arm('data', '/root/a', (event) => {
      (event as { path: string }).path = '/changed';
    });
    arm('data', '/root/a', watcher('other'));
    watches.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await turn();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported.length).toBe(1);
  });

  it('puts each watched path into the portions once, in its list', () => {
    const { arm, watched, watcher } = makeWatches();
    arm('data', '/root/a', watcher('1'));
    arm('data', '/root/a', watcher('2'));
    arm('exist', '/root/b', watcher('3'));
    arm('child', '/root/a', watcher('4'));
    expect(watched()).toEqual([{ data: ['/root/a'], exist: ['/root/b'], child: ['/root/a'] }]);
  });

  it('has no portions when it is empty, closed, or all of its watches have fired', async () => {
    const { arm, watches, watched, watcher } = makeWatches();
    expect(watched()).toEqual([]);
    arm('data', '/root/a', watcher('1'));
    arm('exist', '/root/b', watcher('2'));
    watches.fire({ type: 'NodeDeleted', path: '/root/a' });
    expect(watched()).toEqual([{ data: [], exist: ['/root/b'], child: [] }]);
    watches.close();
    expect(watched()).toEqual([]);
  });

  it('removes a watcher of a path from all lists, and no other watcher', async () => {
    const { arm, watches, calls, watched, watcher } = makeWatches();
    const gone = watcher('gone');
    for (const list of LISTS) arm(list, '/root/a', gone);
    arm('data', '/root/a', watcher('kept'));
    arm('data', '/root/b', gone);
    watches.remove('/root/a', gone);
    expect(watched()).toEqual([{ data: ['/root/a', '/root/b'], exist: [], child: [] }]);
    watches.fire({ type: 'NodeDeleted', path: '/root/a' });
    watches.fire({ type: 'NodeDeleted', path: '/root/b' });
    await turn();
    expect(calls).toEqual(['kept NodeDeleted /a', 'gone NodeDeleted /b']);
  });

  it('re-arms nothing for a path whose watchers were all removed', () => {
    const { arm, watches, watched, watcher } = makeWatches();
    const watchers = [watcher('1'), watcher('2')];
    for (const each of watchers) arm('exist', '/root/a', each);
    for (const each of watchers) watches.remove('/root/a', each);
    watches.remove('/root/a', watcher('never there'));
    expect(watched()).toEqual([]);
  });

  it('makes portions of at most 128 KiB, which together list each path once', () => {
    const { arm, watched, watcher } = makeWatches();
    const paths = Array.from({ length: 10_000 }, (_, nth) => `/root/é${String(nth).padStart(40, '0')}`);
    for (const [nth, path] of paths.entries()) arm(LISTS[nth % 3] as WatchList, path, watcher('1'));
    const portions = watched().map(({ data, exist, child }) => [...data, ...exist, ...child]);
    const sizes = portions.map((portion) => portion.reduce((sum, path) => sum + 4 + Buffer.byteLength(path), 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * 1024);
    expect(portions.length).toBeLessThan(8);
    expect(portions.flat().sort()).toEqual(paths.sort());
  });

  it('puts a path that exceeds a portion into one of its own', () => {
    const { arm, watched, watcher } = makeWatches();
    const long = `/${'a'.repeat(200_000)}`;
    for (const path of ['/a', long, '/b']) arm('exist', path, watcher('1'));
    expect(watched().map(({ exist }) => exist.map((path) => path.length))).toEqual([[2], [200_001], [2]]);
  });

  it('omits from later portions the watches that have fired meanwhile', () => {
    const { arm, watches, watcher } = makeWatches();
    const paths = ['a', 'b', 'c'].map((letter) => `/${letter.repeat(100_000)}`) as [string, string, string];
    for (const path of paths) arm('exist', path, watcher('1'));
    const chunks = watches.chunks();
    expect(chunks.next().value?.exist.map((path: string) => path[1])).toEqual(['a']);
    for (const path of paths.slice(1)) watches.fire({ type: 'NodeCreated', path });
    expect([...chunks].flatMap(({ exist }) => exist.map((path) => path[1]))).toEqual([]);
  });
});
