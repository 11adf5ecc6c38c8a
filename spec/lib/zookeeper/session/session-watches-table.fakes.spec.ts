import { describe, expect, it } from 'vitest';
import type { WatchedEvent, Watcher } from '../../../../lib/core/coordination-client.js';
import type { WatchedPaths } from '../../../../lib/protocol/requests.js';
import { SessionWatches, type WatchList } from '../../../../lib/zookeeper/session/session-watches.js';

type EventType = WatchedEvent['type'];

const LISTS: readonly WatchList[] = ['data', 'exist', 'child'];

function makeTable() {
  const reported: [unknown, string][] = [];
  const calls: string[] = [];
  const table = new SessionWatches('/root', (error, path) => reported.push([error, path]));
  /** As a read does that the server has answered. */
  const arm = (list: WatchList, absolute: string, watcher: Watcher): void => {
    const arms = { type: list === 'child' ? ('child' as const) : ('data' as const), absolute, watcher };
    table.begin(arms);
    table.end(arms, list);
  };
  const watcher = (name: string) => (event: WatchedEvent) => calls.push(`${name} ${event.type} ${event.path}`);
  const watched = (): WatchedPaths[] => [...table.chunks()];
  return { table, arm, reported, calls, watcher, watched };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('SessionWatches', () => {
  it.each<[EventType, WatchList[]]>([
    ['NodeCreated', ['data', 'exist']],
    ['NodeDataChanged', ['data', 'exist']],
    ['NodeChildrenChanged', ['child']],
    ['NodeDeleted', ['data', 'exist', 'child']],
  ])('calls at %s the watches for %j, once', async (type, kinds) => {
    const { arm, table, calls, watcher } = makeTable();
    for (const kind of LISTS) arm(kind, '/root/a', watcher(kind));
    table.fire({ type, path: '/root/a' });
    table.fire({ type, path: '/root/a' });
    await settled();
    expect(calls).toEqual(kinds.map((kind) => `${kind} ${type} /a`));
  });

  it('calls nobody who watches another path', async () => {
    const { arm, table, calls, watcher } = makeTable();
    for (const path of ['/root', '/root/a/b', '/root/aa']) arm('data', path, watcher(path));
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    await settled();
    expect(calls).toEqual([]);
  });

  it('calls a function once that watches the same path twice, in one kind or in two', async () => {
    const { arm, table, calls, watcher } = makeTable();
    const same = watcher('same');
    for (const kind of ['data', 'data', 'child'] as const) arm(kind, '/root/a', same);
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['same NodeDeleted /a']);
  });

  it('calls all functions on one path, in the order in which they came', async () => {
    const { arm, table, calls, watcher } = makeTable();
    for (const name of ['1', '2', '3']) arm('data', '/root', watcher(name));
    table.fire({ type: 'NodeDataChanged', path: '/root' });
    expect(calls).toEqual([]);
    await settled();
    expect(calls).toEqual(['1', '2', '3'].map((name) => `${name} NodeDataChanged /`));
  });

  it('reports what a watcher throws or rejects with, and calls the others', async () => {
    const { arm, table, calls, reported, watcher } = makeTable();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    arm('data', '/root/a', () => {
      throw thrown;
    });
    arm('data', '/root/a', async () => {
      throw rejected;
    });
    arm('data', '/root/a', watcher('other'));
    table.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported).toEqual([
      [thrown, '/a'],
      [rejected, '/a'],
    ]);
  });

  it('gives an event that a watcher cannot change for the next one', async () => {
    const { arm, table, calls, reported, watcher } = makeTable();
    arm('data', '/root/a', (event) => {
      (event as { path: string }).path = '/changed';
    });
    arm('data', '/root/a', watcher('other'));
    table.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported.length).toBe(1);
  });

  it('names each watched path once and by its kind', () => {
    const { arm, watched, watcher } = makeTable();
    arm('data', '/root/a', watcher('1'));
    arm('data', '/root/a', watcher('2'));
    arm('exist', '/root/b', watcher('3'));
    arm('child', '/root/a', watcher('4'));
    expect(watched()).toEqual([{ data: ['/root/a'], exist: ['/root/b'], child: ['/root/a'] }]);
  });

  it('has no portions when it is empty, and after it was closed or everything fired', async () => {
    const { arm, table, watched, watcher } = makeTable();
    expect(watched()).toEqual([]);
    arm('data', '/root/a', watcher('1'));
    arm('exist', '/root/b', watcher('2'));
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    expect(watched()).toEqual([{ data: [], exist: ['/root/b'], child: [] }]);
    table.close();
    expect(watched()).toEqual([]);
  });

  it('forgets a watcher that is taken back, whatever it is armed for, and no other', async () => {
    const { arm, table, calls, watched, watcher } = makeTable();
    const gone = watcher('gone');
    for (const kind of LISTS) arm(kind, '/root/a', gone);
    arm('data', '/root/a', watcher('kept'));
    arm('data', '/root/b', gone);
    table.remove('/root/a', gone);
    expect(watched()).toEqual([{ data: ['/root/a', '/root/b'], exist: [], child: [] }]);
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    table.fire({ type: 'NodeDeleted', path: '/root/b' });
    await settled();
    expect(calls).toEqual(['kept NodeDeleted /a', 'gone NodeDeleted /b']);
  });

  it('arms nothing for watchers that were all taken back', () => {
    const { arm, table, watched, watcher } = makeTable();
    const watchers = [watcher('1'), watcher('2')];
    for (const each of watchers) arm('exist', '/root/a', each);
    for (const each of watchers) table.remove('/root/a', each);
    table.remove('/root/a', watcher('never there'));
    expect(watched()).toEqual([]);
  });

  it('makes portions of at most 128 KiB, which together have each path once', () => {
    const { arm, watched, watcher } = makeTable();
    const paths = Array.from({ length: 10_000 }, (_, nth) => `/root/é${String(nth).padStart(40, '0')}`);
    for (const [nth, path] of paths.entries()) arm(LISTS[nth % 3] as WatchList, path, watcher('1'));
    const portions = watched().map(({ data, exist, child }) => [...data, ...exist, ...child]);
    const sizes = portions.map((portion) => portion.reduce((sum, path) => sum + 4 + Buffer.byteLength(path), 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * 1024);
    expect(portions.length).toBeLessThan(8);
    expect(portions.flat().sort()).toEqual(paths.sort());
  });

  it('gives a path a portion of its own that is longer than one', () => {
    const { arm, watched, watcher } = makeTable();
    const long = `/${'a'.repeat(200_000)}`;
    for (const path of ['/a', long, '/b']) arm('exist', path, watcher('1'));
    expect(watched().map(({ exist }) => exist.map((path) => path.length))).toEqual([[2], [200_001], [2]]);
  });

  it('leaves out of the portions to come what has fired meanwhile', () => {
    const { arm, table, watcher } = makeTable();
    const paths = ['a', 'b', 'c'].map((letter) => `/${letter.repeat(100_000)}`) as [string, string, string];
    for (const path of paths) arm('exist', path, watcher('1'));
    const chunks = table.chunks();
    expect(chunks.next().value?.exist.map((path: string) => path[1])).toEqual(['a']);
    for (const path of paths.slice(1)) table.fire({ type: 'NodeCreated', path });
    expect([...chunks].flatMap(({ exist }) => exist.map((path) => path[1]))).toEqual([]);
  });
});
