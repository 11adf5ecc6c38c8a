import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../../recipes/changes/index.js';
import { subscribe } from '../../../recipes/events/index.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';

describe('a subscription that is closed in the middle of several changes', () => {
  it.each([
    ['by its function', 2],
    ['by its function at the last of them', 4],
  ])('has a checkpoint from which exactly the others are handed out: %s', async (_name, count) => {
    const client = new FakeTreeClient();
    client.tree.create('/w');
    const first = subscribe(client, '/w', null, () => {});
    await first.ready;
    const since = first.checkpoint();
    await first.close();
    const paths = ['/w/a', '/w/b', '/w/c', '/w/d'];
    for (const path of paths) client.tree.create(path);

    const before: string[] = [];
    const cut = subscribe(client, '/w', null, ({ path }) => before.push(path) < count, { since });
    expect(await cut.closed).toBe('returned-false');
    await cut.ready;
    await turn();
    const bytes = cut.checkpoint().toBytes();

    const after: string[] = [];
    const rest = subscribe(client, '/w', null, ({ path }) => after.push(path), { since: Checkpoint.from(bytes) });
    await rest.ready;
    await rest.close();
    expect([before, after]).toEqual([paths.slice(0, count), paths.slice(count)]);
  });

  it.each(['/', '/w'])(
    'has a checkpoint that knows what was handed out of %s, also when it began with 0n',
    async (root) => {
      const client = new FakeTreeClient();
      for (const path of ['/w', '/w/a', '/w/b', '/w/c']) client.tree.create(path);
      const before: string[] = [];
      const cut = subscribe(client, root, null, ({ path }) => before.push(path) < 3, { since: 0n });
      expect(await cut.closed).toBe('returned-false');
      expect(before.at(-1)).toBe('/w/b');
      const since = cut.checkpoint();
      client.tree.delete('/w/a');

      const after: string[] = [];
      const rest = subscribe(client, root, { path: '/w/**' }, ({ type, path }) => after.push(`${type} ${path}`), {
        since,
      });
      await rest.ready;
      await rest.close();
      expect(rest.complete).toBe(true);
      expect(after.sort()).toEqual(['created /w/c', 'deleted /w/a']);
    },
  );
});
