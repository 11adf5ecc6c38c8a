import { expect, it } from 'vitest';
import { ChildrenWatch, DataWatch, TreeWatch } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';

const fail = (): never => {
  throw new Error('not connected');
};

it.each([
  { how: 'throws', removeWatcher: fail },
  { how: 'rejects', removeWatcher: async () => fail() },
])('watches stop, and let go of the client, although its removeWatcher $how', async ({ removeWatcher }) => {
  const client = Object.assign(new FakeClient(), { removeWatcher });
  client.tree.create('/a');
  const watches = [
    new DataWatch(client, '/a', () => {}),
    new ChildrenWatch(client, '/a', () => {}),
    new TreeWatch(client, '/a', () => {}),
  ];
  await Promise.all(watches.map(({ ready }) => ready));
  for (const watch of watches) expect(() => watch.stop()).not.toThrow();
  await turn();
  expect(client.listenerCount).toBe(0);
  expect(client.logger.messages('error')[0]).toBe("the client's removeWatcher threw: not connected");
  client.become('closed');
});
