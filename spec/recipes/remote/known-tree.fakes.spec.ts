import { beforeEach, expect, it } from 'vitest';
import type { TreeChange } from '../../../index.js';
import { KnownTree } from '../../../recipes/remote/known-tree.js';
import { parseBatch } from '../../../recipes/remote/parse-batch.js';
import { RemoteFilter } from '../../../recipes/remote/remote-filters.js';
import { printChange } from '../../support/recorded-trees.js';

let tree: KnownTree;

beforeEach(() => {
  tree = new KnownTree([new RemoteFilter('filters', {}, undefined)], undefined);
  say({ reset: true, known: [['/old', '1', '1', 0]], position: '10' });
  expect(take()).toEqual([]);
});

function exists(path: string, czxid: number, mzxid = czxid): object {
  const numbers = { ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0, dataLength: 0, numChildren: 0 };
  const stat = { czxid: `${czxid}`, mzxid: `${mzxid}`, pzxid: '0', ephemeralOwner: '0', ...numbers };
  return { type: 'modified', path, zxid: `${mzxid}`, stat, data: '' };
}

function gone(path: string, czxid: number, zxid: number): object {
  return { type: 'deleted', path, zxid: `${zxid}`, czxid: `${czxid}` };
}

function say(batch: object): void {
  tree.receive(parseBatch({ path: '/', changes: [], seen: '10', cursor: 'c', ...batch } as never));
}

/** The changes that are handed out. */
function take(): string[] {
  const changes: TreeChange[] = [];
  for (let next = tree.shift(); next; next = tree.shift()) {
    const change = next.kind === 'state' ? tree.take(next) : null;
    if (change) changes.push(change);
  }
  return changes.map(printChange);
}

it('names a change by what is known, whatever a gateway calls it', () => {
  say({ changes: [exists('/new', 11), exists('/old', 1, 12)], position: '12' });
  expect(take()).toEqual(['created /new', 'modified /old']);
  say({ changes: [exists('/new', 13), gone('/old', 1, 14)], position: '14' });
  expect(take()).toEqual(['modified /new recreated', 'deleted /old']);
});

it('coalesces what waits, to one change a path', () => {
  say({ changes: [exists('/short', 11), exists('/back', 11), exists('/twice', 11)], position: '11' });
  say({ changes: [gone('/short', 11, 12), gone('/old', 1, 12), exists('/twice', 11, 12)], position: '12' });
  say({ changes: [exists('/old', 13)], position: '13' });
  expect(take()).toEqual(['created /back', 'created /twice', 'modified /old recreated']);
});

it('never goes back: an older state, or the deletion of an older znode, is no news', () => {
  say({ changes: [exists('/old', 20, 25)], position: '25' });
  expect(take()).toEqual(['modified /old recreated']);
  say({ changes: [exists('/old', 20, 24), exists('/old', 1, 1)], position: '25' });
  say({ changes: [gone('/old', 1, 19)], position: '25' });
  say({ changes: [exists('/old', 20, 25), gone('/unknown', 1, 2)], position: '25' });
  expect(take()).toEqual([]);
});

it('takes older states after a restore, and none of before after it', () => {
  say({ changes: [exists('/old', 20, 25)], position: '25' });
  take();
  say({ reset: true, restored: true, changes: [exists('/old', 1, 1)], position: '5', seen: '5' });
  expect(take()).toEqual(['modified /old recreated']);
  expect(tree.toRequest()).toMatchObject({ since: '5', seen: '5' });
  say({ changes: [exists('/old', 1, 8)], position: '8', seen: '8' });
  say({ changes: [exists('/old', 1, 7)], position: '8', seen: '8' });
  expect(take()).toEqual(['modified /old']);
});

it('turns a list into deletions once it is complete: those below a znode before it', () => {
  say({ changes: [exists('/a', 11), exists('/a/b', 12), exists('/ab', 13)], position: '13' });
  take();
  say({ reset: true, more: true, known: [['/ab', '13', '13', 0]] });
  expect(take()).toEqual([]);
  say({ position: '14' });
  expect(take()).toEqual(['deleted /old', 'deleted /a/b', 'deleted /a']);
});

it('takes a list of the znodes created after a zxid for these alone', () => {
  say({ changes: [exists('/a', 11), exists('/b', 12)], position: '12' });
  take();
  say({ recheck: '10', known: [['/a', '11', '11', 0]], position: '14' });
  expect(take()).toEqual(['deleted /b']);
});

it('forgets a list that was cut off, and asks for the next from where it was', () => {
  say({ reset: true, more: true, cursor: 'half' });
  expect(tree.toRequest(true)).toMatchObject({ cursor: 'half', since: '10' });
  expect(tree.toRequest()).toMatchObject({ cursor: 'c', since: '10', seen: '10' });
  say({ position: '12' });
  expect(take()).toEqual([]);
});
