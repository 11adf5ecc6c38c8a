import { expect, it, onTestFinished } from 'vitest';
import { ZooKeeperError } from '../../../lib/core/errors.js';
import { makeZnodePoller } from '../../../recipes/pollers/znodes/make-znode-poller.js';
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

it('P13: a poller whose watch has ended at a server without the operation goes on at another one', async () => {
  const client = new FakeTreeClient();
  client.tree.create('/a');
  const poller = await makeZnodePoller('zk:/a', { client, recurse: true });
  onTestFinished(() => poller.close());
  const { readError } = client;
  client.readError = () => new ZooKeeperError('UNIMPLEMENTED', 'not here');
  client.tree.create('/a/b');
  expect(await rejectionOf(poller.getNewEvents())).toMatchObject({ code: 'POLL_FAILED' });
  client.readError = readError;
  client.tree.create('/a/c');
  const events = await poller.getNewEvents();
  expect(events.map(({ type, subject }) => `${type} ${subject}`)).toEqual(['created zk:/a/b', 'created zk:/a/c']);
});
