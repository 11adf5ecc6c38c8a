import { expect, it } from 'vitest';
import { OPEN_ACL } from '../../../../lib/core/open-acl.js';
import { WatchManager, type WatchTarget } from '../../../../lib/embedded/tree/watch-manager.js';
import { Znode } from '../../../../lib/embedded/tree/znode.js';

function znodeAt(mzxid: bigint, pzxid = mzxid): Znode {
  const znode = new Znode({ data: null, acl: OPEN_ACL, ephemeralOwner: 0n, zxid: mzxid, time: 0 });
  znode.pzxid = pzxid;
  return znode;
}

const ZNODE = znodeAt(1n);

function client(): WatchTarget & { readonly events: string[] } {
  const events: string[] = [];
  return { events, notify: (type, path) => void events.push(`${type} ${path}`), mayRead: () => true };
}

it('watches that are set again report what has changed after the zxid, and wait for the rest', () => {
  const watches = new WatchManager();
  const target = client();
  const znodes = new Map([
    ['/same', znodeAt(10n)],
    ['/new', znodeAt(11n)],
    ['/parent', znodeAt(1n, 11n)],
  ]);
  const paths = [...znodes.keys(), '/gone'];
  const set = { relativeZxid: 10n, data: paths, exist: ['/same', '/absent'], child: paths };
  watches.set({ ...set, persistent: ['/p'], persistentRecursive: ['/r'] }, target, (path) => znodes.get(path));
  expect(target.events).toEqual([
    ...['NodeDataChanged /new', 'NodeDeleted /gone', 'NodeCreated /same'],
    ...['NodeChildrenChanged /new', 'NodeChildrenChanged /parent', 'NodeDeleted /gone'],
  ]);
  target.events.length = 0;
  for (let time = 0; time < 2; time += 1) {
    for (const path of ['/same', '/new', '/parent', '/p', '/r/deep']) {
      watches.dataChanged(path, ZNODE);
      watches.childrenChanged(path, ZNODE);
    }
    watches.created('/absent', ZNODE);
  }
  const stay = ['NodeDataChanged /p', 'NodeChildrenChanged /p', 'NodeDataChanged /r/deep'];
  const once = ['NodeDataChanged /same', 'NodeChildrenChanged /same', 'NodeDataChanged /parent'];
  expect(target.events).toEqual([...once, ...stay, 'NodeCreated /absent', ...stay]);
});

it('watches are removed by their kind, and all with their connection, and never those of others', () => {
  const watches = new WatchManager();
  const [target, other] = [client(), client()];
  for (const each of [target, other]) {
    watches.addData('/a', each);
    watches.addChild('/a', each);
    watches.addPersistent('/b', each, 'persistent-recursive');
  }
  expect(watches.remove('/a', target, 1)).toBe(true);
  expect(watches.remove('/a', target, 1)).toBe(false);
  expect([watches.has('/a', 1), watches.has('/none', 3)]).toEqual([true, false]);
  expect(watches.remove('/a', target, 3)).toBe(true);
  expect(watches.remove('/b', target, 3)).toBe(true);
  expect(watches.size).toBe(4);
  watches.deleted('/a', ZNODE);
  watches.deleted('/b/c', ZNODE);
  expect([target.events, other.events]).toEqual([[], ['NodeDeleted /a', 'NodeDeleted /b/c']]);
  for (const path of ['/a', '/c']) watches.addPersistent(path, target, 'persistent');
  watches.removeAll(target);
  watches.removeAll(other);
  expect([watches.size, watches.data.paths.size, watches.child.paths.size, watches.child.targets.size]).toEqual([
    0, 0, 0, 0,
  ]);
});
