import { describe, expect, it } from 'vitest';
import type { WatchedEvent } from '../../../../lib/core/coordination-client.js';
import type { WatchedPaths } from '../../../../lib/protocol/requests.js';
import { type WatchKind, WatchTable } from '../../../../lib/zookeeper/session/watch-table.js';

type EventType = WatchedEvent['type'];

const KINDS: readonly WatchKind[] = ['data', 'exist', 'child'];

function makeTable() {
  const reported: [unknown, string][] = [];
  const calls: string[] = [];
  const table = new WatchTable(
    (path) => path.replace('/root', '') || '/',
    (error, path) => reported.push([error, path]),
  );
  const watcher = (name: string) => (event: WatchedEvent) => calls.push(`${name} ${event.type} ${event.path}`);
  const watched = (): WatchedPaths[] => [...table.chunks()];
  return { table, reported, calls, watcher, watched };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WatchTable', () => {
  it.each<[EventType, WatchKind[]]>([
    ['NodeCreated', ['data', 'exist']],
    ['NodeDataChanged', ['data', 'exist']],
    ['NodeChildrenChanged', ['child']],
    ['NodeDeleted', ['data', 'exist', 'child']],
  ])('calls at %s the watches for %j, once', async (type, kinds) => {
    const { table, calls, watcher } = makeTable();
    for (const kind of KINDS) table.add(kind, '/root/a', watcher(kind));
    table.fire({ type, path: '/root/a' });
    table.fire({ type, path: '/root/a' });
    await settled();
    expect(calls).toEqual(kinds.map((kind) => `${kind} ${type} /a`));
  });

  it('calls nobody who watches another path', async () => {
    const { table, calls, watcher } = makeTable();
    for (const path of ['/root', '/root/a/b', '/root/aa']) table.add('data', path, watcher(path));
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    await settled();
    expect(calls).toEqual([]);
  });

  it('calls a function once that watches the same path twice, in one kind or in two', async () => {
    const { table, calls, watcher } = makeTable();
    const same = watcher('same');
    for (const kind of ['data', 'data', 'child'] as const) table.add(kind, '/root/a', same);
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['same NodeDeleted /a']);
  });

  it('calls all functions on one path, in the order in which they came', async () => {
    const { table, calls, watcher } = makeTable();
    for (const name of ['1', '2', '3']) table.add('data', '/root', watcher(name));
    table.fire({ type: 'NodeDataChanged', path: '/root' });
    expect(calls).toEqual([]);
    await settled();
    expect(calls).toEqual(['1', '2', '3'].map((name) => `${name} NodeDataChanged /`));
  });

  it('reports what a watcher throws or rejects with, and calls the others', async () => {
    const { table, calls, reported, watcher } = makeTable();
    const [thrown, rejected] = [new Error('thrown'), new Error('rejected')];
    table.add('data', '/root/a', () => {
      throw thrown;
    });
    table.add('data', '/root/a', async () => {
      throw rejected;
    });
    table.add('data', '/root/a', watcher('other'));
    table.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported).toEqual([
      [thrown, '/a'],
      [rejected, '/a'],
    ]);
  });

  it('gives an event that a watcher cannot change for the next one', async () => {
    const { table, calls, reported, watcher } = makeTable();
    table.add('data', '/root/a', (event) => {
      (event as { path: string }).path = '/changed';
    });
    table.add('data', '/root/a', watcher('other'));
    table.fire({ type: 'NodeDataChanged', path: '/root/a' });
    await settled();
    expect(calls).toEqual(['other NodeDataChanged /a']);
    expect(reported.length).toBe(1);
  });

  it('names each watched path once and by its kind', () => {
    const { table, watched, watcher } = makeTable();
    table.add('data', '/root/a', watcher('1'));
    table.add('data', '/root/a', watcher('2'));
    table.add('exist', '/root/b', watcher('3'));
    table.add('child', '/root/a', watcher('4'));
    expect(watched()).toEqual([{ data: ['/root/a'], exist: ['/root/b'], child: ['/root/a'] }]);
  });

  it('has no portions when it is empty, and after it was closed or everything fired', async () => {
    const { table, watched, watcher } = makeTable();
    expect(watched()).toEqual([]);
    table.add('data', '/root/a', watcher('1'));
    table.add('exist', '/root/b', watcher('2'));
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    expect(watched()).toEqual([{ data: [], exist: ['/root/b'], child: [] }]);
    table.close();
    expect(watched()).toEqual([]);
  });

  it('forgets a watcher that is taken back, whatever it is armed for, and no other', async () => {
    const { table, calls, watched, watcher } = makeTable();
    const gone = watcher('gone');
    for (const kind of KINDS) table.add(kind, '/root/a', gone);
    table.add('data', '/root/a', watcher('kept'));
    table.add('data', '/root/b', gone);
    table.remove('/root/a', gone);
    expect(watched()).toEqual([{ data: ['/root/a', '/root/b'], exist: [], child: [] }]);
    table.fire({ type: 'NodeDeleted', path: '/root/a' });
    table.fire({ type: 'NodeDeleted', path: '/root/b' });
    await settled();
    expect(calls).toEqual(['kept NodeDeleted /a', 'gone NodeDeleted /b']);
  });

  it('arms nothing for watchers that were all taken back', () => {
    const { table, watched, watcher } = makeTable();
    const watchers = [watcher('1'), watcher('2')];
    for (const each of watchers) table.add('exist', '/root/a', each);
    for (const each of watchers) table.remove('/root/a', each);
    table.remove('/root/a', watcher('never there'));
    expect(watched()).toEqual([]);
  });

  it('makes portions of at most 128 KiB, which together have each path once', () => {
    const { table, watched, watcher } = makeTable();
    const paths = Array.from({ length: 10_000 }, (_, nth) => `/root/é${String(nth).padStart(40, '0')}`);
    for (const [nth, path] of paths.entries()) table.add(KINDS[nth % 3] as WatchKind, path, watcher('1'));
    const portions = watched().map(({ data, exist, child }) => [...data, ...exist, ...child]);
    const sizes = portions.map((portion) => portion.reduce((sum, path) => sum + 4 + Buffer.byteLength(path), 0));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(128 * 1024);
    expect(portions.length).toBeLessThan(8);
    expect(portions.flat().sort()).toEqual(paths.sort());
  });

  it('gives a path a portion of its own that is longer than one', () => {
    const { table, watched, watcher } = makeTable();
    const long = `/${'a'.repeat(200_000)}`;
    for (const path of ['/a', long, '/b']) table.add('exist', path, watcher('1'));
    expect(watched().map(({ exist }) => exist.map((path) => path.length))).toEqual([[2], [200_001], [2]]);
  });

  it('leaves out of the portions to come what has fired meanwhile', () => {
    const { table, watcher } = makeTable();
    const paths = ['a', 'b', 'c'].map((letter) => `/${letter.repeat(100_000)}`) as [string, string, string];
    for (const path of paths) table.add('exist', path, watcher('1'));
    const chunks = table.chunks();
    expect(chunks.next().value?.exist.map((path: string) => path[1])).toEqual(['a']);
    for (const path of paths.slice(1)) table.fire({ type: 'NodeCreated', path });
    expect([...chunks].flatMap(({ exist }) => exist.map((path) => path[1]))).toEqual([]);
  });
});
