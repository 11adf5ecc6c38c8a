import { expect, it } from 'vitest';
import { ChangeLog } from '../../../../lib/http/event-gateway/change-log.js';
import type { TreeChange, TreeNode } from '../../../../recipes/changes/index.js';

function node(path: string, czxid: bigint, mzxid = czxid): TreeNode {
  return { path, stat: { czxid, mzxid, ephemeralOwner: 0n }, data: null, unreadable: false } as unknown as TreeNode;
}

function change(path: string, now: TreeNode | null, before: TreeNode | null, zxid: bigint): TreeChange {
  const type = now === null ? 'deleted' : before ? 'modified' : 'created';
  return { type, path, zxid, node: now, before, recreated: false };
}

function pathsFrom(log: ChangeLog, seq: number): string[] {
  const paths: string[] = [];
  for (let entry = log.next(seq); entry; entry = log.next(entry.seq + 1)) paths.push(entry.path);
  return paths;
}

it('keeps the newest change of each path alone, behind those of others, however often it changes', () => {
  const log = new ChangeLog(10);
  for (let zxid = 1n; zxid <= 5_000n; zxid += 1n) {
    const path = zxid % 1_000n === 0n ? `/quiet${zxid / 1_000n}` : `/busy${zxid % 3n}`;
    log.begin({ stamp: zxid, position: zxid });
    log.add(change(path, node(path, 1n, zxid), zxid > 3n ? node(path, 1n) : null, zxid));
  }
  expect(log.size).toBe(8);
  const all = pathsFrom(log, 0);
  expect(all.slice(0, 4)).toEqual(['/quiet1', '/quiet2', '/quiet3', '/quiet4']);
  expect(pathsFrom(log, log.firstAfter(4_998n))).toEqual(['/busy1', '/quiet5']);
  expect(pathsFrom(log, log.end)).toEqual([]);
});

it('knows which deletions it has forgotten, also when it has dropped every trace of them', () => {
  const log = new ChangeLog(1);
  log.begin({ stamp: 1n, position: 1n });
  log.add(change('/a', node('/a', 1n), null, 1n));
  log.add(change('/b', node('/b', 1n), null, 1n));
  for (const [path, zxid] of [
    ['/a', 2n],
    ['/b', 3n],
  ] as const) {
    log.begin({ stamp: zxid, position: zxid });
    log.add(change(path, null, node(path, 1n), zxid));
  }
  log.begin({ stamp: 3_000n, position: 3_000n });
  for (let zxid = 4n; zxid < 3_000n; zxid += 1n) {
    log.add(change('/c', node('/c', 4n, zxid), zxid === 4n ? null : node('/c', 4n), zxid));
  }
  expect(log.unknownAfter(1n)).toBeNull();
  expect(log.unknownAfter(2n)).toBe(2n);
  expect([log.hasAllFrom(2), log.hasAllFrom(3)]).toEqual([false, true]);
});

it('keeps a znode that came back before its deletion was to be forgotten', () => {
  const log = new ChangeLog(1);
  log.begin({ stamp: 9n, position: 9n });
  log.add(change('/back', null, node('/back', 1n), 2n));
  log.add(change('/back', node('/back', 3n), null, 3n));
  for (const path of ['/x', '/y']) log.add(change(path, null, node(path, 1n), 4n));
  expect(pathsFrom(log, 0)).toEqual(['/back', '/y']);
});

it('keeps no more moments than it needs: whoever knows less gets a list', () => {
  const log = new ChangeLog(10);
  for (let zxid = 1n; zxid <= 1_000n; zxid += 1n) log.begin({ stamp: zxid, position: zxid });
  expect([1n, 900n, 995n, 1_000n].map((since) => log.unknownAfter(since))).toEqual([null, null, 995n, 1_000n]);
});
