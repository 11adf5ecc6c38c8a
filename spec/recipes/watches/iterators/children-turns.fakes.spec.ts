import { describe, expect, it } from 'vitest';
import { ChildrenWatch } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { turn } from '../../../../testing/passing-time.js';
import { loopOver, Turnstile } from './loop.js';

describe('a loop over a ChildrenWatch', () => {
  it('gets children, event, and the children added and removed since the previous turn', async () => {
    const client = new FakeClient();
    for (const path of ['/node', '/node/b', '/node/a']) client.tree.create(path);
    const turnstile = new Turnstile();
    const { turns } = loopOver(new ChildrenWatch(client, '/node'), turnstile.wait);
    await turn();
    client.tree.create('/node/c');
    await turn();
    client.tree.delete('/node/a');
    await turn();
    client.tree.create('/node/passing');
    await turn();
    client.tree.delete('/node/passing');
    await turn();
    turnstile.letThrough();
    await turn();
    client.tree.replace('/node/b');
    turnstile.letThrough();
    await turn();
    const event = { type: 'NodeChildrenChanged', path: '/node' };
    expect(turns.items).toStrictEqual([
      { children: ['a', 'b'], event: null, added: ['a', 'b'], removed: [] },
      { children: ['b', 'c'], event, added: ['c'], removed: ['a'] },
      // Replaced by a child of the same name.
      { children: ['b', 'c'], event, added: [], removed: [] },
    ]);
  });

  it('whose body modifies the children array still gets correct differences', async () => {
    const client = new FakeClient();
    for (const path of ['/node', '/node/a', '/node/b']) client.tree.create(path);
    const { turns } = loopOver(new ChildrenWatch(client, '/node'), ({ children }) => {
      children.length = 0;
    });
    await turn();
    client.tree.create('/node/c');
    await turn();
    expect(turns.items.map(({ added, removed }) => [added, removed])).toEqual([
      [['a', 'b'], []],
      [['c'], []],
    ]);
  });

  it.for([{ sendEvent: false }, { sendEvent: true }, { sendDiff: true }, { sendEvent: true, sendDiff: false }])(
    'gets the same with %o, an option for functions',
    async (options) => {
      const client = new FakeClient();
      client.tree.create('/node');
      const { turns } = loopOver(new ChildrenWatch(client, '/node', options));
      await turn();
      client.tree.create('/node/a');
      await turn();
      expect(turns.items).toStrictEqual([
        { children: [], event: null, added: [], removed: [] },
        { children: ['a'], event: { type: 'NodeChildrenChanged', path: '/node' }, added: ['a'], removed: [] },
      ]);
    },
  );

  it('gets null for a missing znode with waitForNode: all children are removed, and added again with it', async () => {
    const client = new FakeClient();
    const turnstile = new Turnstile();
    const { turns } = loopOver(new ChildrenWatch(client, '/node', { waitForNode: true }), turnstile.wait);
    /** Changes during the body are coalesced. */
    const changeAll = async (...changes: (() => void)[]) => {
      await turn();
      for (const change of changes) {
        change();
        await turn();
      }
      turnstile.letThrough();
      await turn();
    };
    const create = () => client.tree.create('/node');
    const createChild = () => client.tree.create('/node/a');
    const removeChild = () => client.tree.delete('/node/a');
    const remove = () => client.tree.delete('/node');
    await changeAll(create);
    await changeAll(createChild);
    await changeAll(removeChild, remove);
    await changeAll(create, createChild);
    expect(turns.items).toStrictEqual([
      { children: null, event: null, added: [], removed: [] },
      { children: [], event: { type: 'NodeCreated', path: '/node' }, added: [], removed: [] },
      { children: ['a'], event: { type: 'NodeChildrenChanged', path: '/node' }, added: ['a'], removed: [] },
      { children: null, event: { type: 'NodeDeleted', path: '/node' }, added: [], removed: ['a'] },
      { children: ['a'], event: { type: 'NodeCreated', path: '/node' }, added: ['a'], removed: [] },
    ]);
  });
});
