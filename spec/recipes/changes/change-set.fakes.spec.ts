import { describe, expect, it } from 'vitest';
import type { TreeNode } from '../../../index.js';
import { ChangeSet } from '../../../recipes/changes/index.js';
import { nodeWith } from '../../support/tree-nodes.js';

const path = '/a';
const first = nodeWith(path, { czxid: 1n });
const changed = nodeWith(path, { czxid: 1n, mzxid: 2n });
const again = nodeWith(path, { czxid: 3n });

/** The changes that the states of one path amount to. */
function coalesce(...states: readonly (TreeNode | null)[]) {
  const set = new ChangeSet<TreeNode>({
    isSame: (before, now) => before.stat.czxid === now.stat.czxid && before.stat.mzxid === now.stat.mzxid,
    isRecreated: (before, now) => before.stat.czxid !== now.stat.czxid,
  });
  for (const [index, now] of states.slice(1).entries()) set.add({ path, before: states[index] ?? null, now });
  return [...set.changes()].map(({ type, recreated, before, now }) => ({ type, recreated, before, now }));
}

describe('a change set', () => {
  it('makes one change of all transitions of a path', () => {
    expect(coalesce(null, first, changed)).toEqual([{ type: 'created', recreated: false, before: null, now: changed }]);
    expect(coalesce(null, first, null)).toEqual([]);
    expect(coalesce(null, first, null, again)).toEqual([
      { type: 'created', recreated: false, before: null, now: again },
    ]);
    expect(coalesce(first, changed)).toEqual([{ type: 'modified', recreated: false, before: first, now: changed }]);
    expect(coalesce(first, changed, null)).toEqual([{ type: 'deleted', recreated: false, before: first, now: null }]);
    expect(coalesce(first, null, again)).toEqual([{ type: 'modified', recreated: true, before: first, now: again }]);
    expect(coalesce(first, changed, first)).toEqual([]);
    expect(coalesce(first, null, again, null)).toEqual([
      { type: 'deleted', recreated: false, before: first, now: null },
    ]);
  });

  it('has the zxid of the last deletion only', () => {
    const set = new ChangeSet<string>({ isSame: Object.is, isRecreated: () => false });
    set.add({ path, before: 'x', now: null, deletedAt: 4n });
    set.add({ path, before: null, now: 'y' });
    set.add({ path, before: 'y', now: null, deletedAt: 7n });
    expect([...set.changes()].map(({ deletedAt }) => deletedAt)).toEqual([7n]);
    set.add({ path, before: null, now: 'z' });
    expect([...set.changes()].map(({ type, deletedAt }) => [type, deletedAt])).toEqual([['modified', undefined]]);
  });
});
