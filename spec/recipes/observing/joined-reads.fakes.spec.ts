import { describe, expect, it } from 'vitest';
import { ChildrenWatch } from '../../../index.js';
import { NoNodeError } from '../../../lib/core/errors.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';

describe('a ChildrenWatch that waits for its znode', () => {
  it('hears of it however late it joins the read of a watch that does not wait', async () => {
    for (let later = 0; later < 8; later += 1) {
      const client = new FakeTreeClient();
      const calls: unknown[] = [];
      let answer = (): void => {};
      const { getChildren } = client;
      client.getChildren = (path) => new Promise((_, reject) => (answer = () => reject(new NoNodeError('', { path }))));
      const other = new ChildrenWatch(client, '/a', () => {});
      other.on('stop', () => {});
      await turn();
      client.getChildren = getChildren;
      answer();
      for (let microtask = 0; microtask < later; microtask += 1) await undefined;
      const watch = new ChildrenWatch(client, '/a', (children) => void calls.push(children), { waitForNode: true });
      await turn();
      client.tree.create('/a');
      await turn();
      expect([later, ...calls]).toEqual([later, null, []]);
      watch.stop();
    }
  });
});

describe('a watch that is stopped while its znode is read', () => {
  it('leaves no watch of the server', async () => {
    const client = new FakeTreeClient();
    client.tree.create('/a');
    const release = client.hold();
    const watch = new ChildrenWatch(client, '/a', () => {});
    await turn();
    watch.stop();
    release();
    await turn();
    expect([client.armedPaths, client.listenerCount]).toEqual([[], 0]);
  });
});
