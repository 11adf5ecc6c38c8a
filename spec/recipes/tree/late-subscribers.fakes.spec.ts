import { expect, it } from 'vitest';
import { type TreeListener, TreeWatch } from '../../../index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

/** A client with a watch of `/a`, whose later subscribers share its reads. */
async function stage() {
  const client = new FakeTreeClient();
  for (const path of ['/a', '/a/b', '/a/c']) client.tree.create(path);
  let listener: TreeListener | undefined;
  const { watchTree } = client;
  client.watchTree = (root, given) => {
    listener = given;
    return watchTree.call(client, root, given);
  };
  const first = recordTree(client, '/a');
  await first.watch.ready;
  // Answered with the newest zxid, whatever else is held back.
  client.sync = async () => client.ping();
  return { client, listener: listener as unknown as TreeListener };
}

it('a watch that resumes takes a tree that was read before its sync, when nothing in it has changed since', async () => {
  const { client } = await stage();
  client.tree.pass(10);
  const { watch, calls } = recordTree(client, '/a', { since: 0n });
  await turn();
  expect([calls.items, watch.position]).toEqual([[['created /a', 'created /a/b', 'created /a/c']], client.tree.zxid]);
  client.become('closed');
});

it('a watch that resumes waits for a tree as new as its sync, which comes though nothing has changed', async () => {
  const { client, listener } = await stage();
  const release = client.hold();
  client.tree.set('/a/b', 'new');
  await turn();
  // Reported, though the znode is the same: the reads have to go on.
  listener.changed({ type: 'NodeDataChanged', path: '/a/c' });
  client.tree.pass(10);
  const positions: bigint[] = [];
  new TreeWatch(client, '/a', ({ position }) => void positions.push(position), { since: 0n });
  await turn();
  release();
  await turn();
  expect(positions).toEqual([client.tree.zxid]);
  client.become('closed');
});

it.each([
  ['stopped', 'stop stopped'],
  ['ended by the close of the client', 'stop client-closed'],
])('a watch that resumes and is %s before its sync is answered leaves nothing', async (how, event) => {
  const client = new FakeTreeClient();
  const release = client.hold();
  const { watch, events, calls } = recordTree(client, '/a', { since: 0n });
  await turn();
  expect(client.reads).toEqual(['sync /a']);
  if (how === 'stopped') watch.stop();
  else client.become('closed');
  release();
  await turn();
  expect([events.items, calls.items, client.watchedRoots, client.listenerCount]).toEqual([[event], [], [], 0]);
});
