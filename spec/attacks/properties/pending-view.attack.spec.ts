import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { OPEN_ACL } from '../../../lib/core/open-acl.js';
import { PendingView } from '../../../lib/embedded/requests/pending-view.js';
import {
  prepareCreate,
  prepareDelete,
  prepareSetData,
  type TreeView,
  type ZnodeState,
} from '../../../lib/embedded/requests/preparation.js';
import { DataTree } from '../../../lib/embedded/tree/data-tree.js';
import type { Txn } from '../../../lib/embedded/tree/txn.js';
import { holds } from './holds.js';

const PATHS = ['/', '', '/a', '/a/b', '/c', '/c/d', '/a/b/e'];
const path = fc.constantFrom(...PATHS);
const version = fc.constantFrom(-1, -1, 0, 1);

const operation = fc.oneof(
  fc.record({ do: fc.constant('create' as const), path, flags: fc.constantFrom(0, 0, 1, 2) }),
  fc.record({ do: fc.constant('delete' as const), path, version }),
  fc.record({ do: fc.constant('setData' as const), path, version }),
);

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const requester = { sessionId: 7n, identities: [{ scheme: 'world', id: 'anyone' }] };
const data = Buffer.from('x');

function prepare(operation: Operation, view: TreeView) {
  const { path } = operation;
  if (operation.do === 'delete') return prepareDelete(operation, view, requester);
  if (operation.do === 'setData') return prepareSetData({ path, data, version: operation.version }, view, requester);
  const create = { path, data, acl: [...OPEN_ACL], flags: operation.flags, ttl: -1n };
  return prepareCreate('create', create, view, requester);
}

function apply(tree: DataTree, transaction: Txn): void {
  if (transaction.type === 'create') tree.create(transaction, 1n, 0);
  else if (transaction.type === 'delete') tree.delete(transaction.path, 1n);
  else if (transaction.type === 'setData') tree.setData(transaction.path, transaction.data, transaction.version, 1n, 0);
}

function stateOf(znode: ZnodeState | undefined): ZnodeState | null {
  if (!znode) return null;
  const { acl, version, aversion, creations, numChildren, ephemeralOwner } = znode;
  return { acl, version, aversion, creations, numChildren, ephemeralOwner };
}

const newTree = (): DataTree => new DataTree({ created() {}, deleted() {}, dataChanged() {}, childrenChanged() {} });

describe('the znodes as they will be', () => {
  holds(
    'are what they are once the transactions have happened, and what is there is left alone',
    fc.tuple(fc.array(operation, { maxLength: 8, size: 'max' }), fc.array(operation, { maxLength: 12 })),
    ([before, pending]) => {
      const [tree, later] = [newTree(), newTree()];
      for (const each of before) {
        const transaction = prepare(each, tree);
        if (typeof transaction === 'number') continue;
        apply(tree, transaction);
        apply(later, transaction);
      }
      const untouched = PATHS.map((path) => stateOf(tree.get(path)));
      const view = new PendingView(tree);
      const paths = new Set(PATHS);
      for (const each of pending) {
        const transaction = prepare(each, view);
        expect(transaction).toEqual(prepare(each, later));
        if (typeof transaction === 'number') continue;
        view.note(transaction);
        apply(later, transaction);
        if (transaction.type === 'create') paths.add(transaction.path);
        for (const path of paths) expect(stateOf(view.get(path)), path).toEqual(stateOf(later.get(path)));
      }
      expect(PATHS.map((path) => stateOf(tree.get(path)))).toEqual(untouched);
    },
  );
});
