import { expect, it } from 'vitest';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { turn } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

/** DEL, as a terminal sends it for the backspace: ZooKeeper 3.4 takes it, and later servers keep what it has made. */
const DELETE = '\u007f';

it.each([true, false])(
  'a TreeWatch leaves out a znode whose name no request may have, says so, and goes on (recursive: %s)',
  async (hasRecursive) => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = hasRecursive;
    for (const path of ['/a', '/a/b', `/a/${DELETE}`, `/a/${DELETE}/c`]) client.tree.create(path);
    const { watch, calls, errors, events } = recordTree(client, '/a');
    await watch.ready;
    expect(calls.items).toEqual([['created /a', 'created /a/b']]);
    expect(client.logger.messages('error')).toEqual([
      expect.stringMatching(/^the tree of \/a threw: .* is not a znode path/),
    ]);
    client.tree.set('/a/b', 'new');
    await calls.untilCount(2);
    await turn();
    expect([calls.last, errors.items, events.items, watch.status]).toEqual([['modified /a/b'], [], [], 'fresh']);
    client.become('closed');
  },
);
