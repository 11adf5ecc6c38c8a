import { expect, it } from 'vitest';
import { PolledTree } from '../../../recipes/pollers/znodes/polled-tree.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { rejectionOf } from '../../support/rejection.js';

it('a tree that is polled with a signal that has aborted rejects with its reason, and leaves no listener', async () => {
  const client = new FakeTreeClient();
  const tree = new PolledTree(client, { path: '/a', depth: Infinity, ignore: undefined, onTree: () => {} });
  const before = client.listenerCount;
  const reason = new Error('enough');
  expect(await rejectionOf(tree.caughtUp(AbortSignal.abort(reason)))).toBe(reason);
  expect(client.listenerCount).toBe(before);
  tree.stopByUser();
});
