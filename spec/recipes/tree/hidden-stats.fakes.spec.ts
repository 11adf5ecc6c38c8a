import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoAuthError } from '../../../index.js';
import { OBSERVING } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

let client: FakeTreeClient;
let hidden: Set<string>;

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeTreeClient();
  hidden = new Set();
  client.readError = (operation, path) =>
    operation !== 'readMany' && hidden.has(path) && client.tree.get(path)
      ? new NoAuthError(`no permission for ${path}`, { path })
      : undefined;
  for (const path of ['/a', '/a/b', '/a/secret', '/a/secret/below']) client.tree.create(path);
});

afterEach(async () => {
  client.become('closed');
  await pass(0);
  vi.useRealTimers();
});

const UNTIL_READ_AGAIN = 2 * OBSERVING.retry.maxDelay;

describe.each([
  { mode: 'recursive', data: true },
  { mode: 'recursive', data: false },
  { mode: 'one-shot', data: true },
  { mode: 'one-shot', data: false },
])(
  'a TreeWatch in mode $mode with data: $data, at a server that hides the stat of what may not be read,',
  ({ mode, data }) => {
    beforeEach(() => {
      client.server.hasRecursive = mode === 'recursive';
    });

    it('has the znode as unreadable with an empty stat, at the zxid of its call', async () => {
      hidden.add('/a/secret');
      const { watch, calls, changes, errors } = recordTree(client, '/a', { data });
      await pass(0);
      expect(calls.items).toEqual([['created /a', 'created /a/b', 'created /a/secret']]);
      const { node, zxid } = changes.items[2] as (typeof changes.items)[2];
      expect([node?.unreadable, node?.data, node?.stat.czxid, zxid]).toEqual([true, null, 0n, client.tree.zxid]);
      expect(errors.items).toEqual([expect.objectContaining({ code: 'NO_AUTH', path: '/a/secret' })]);
      client.tree.set('/a/b', 'new');
      await pass(0);
      expect(calls.last).toEqual(['modified /a/b']);
      await pass(UNTIL_READ_AGAIN);
      expect([calls.items.length, errors.items.length, watch.status]).toEqual([2, 1, 'fresh']);
    });

    it('has it as modified, not as recreated, when it can be read', async () => {
      hidden.add('/a/secret');
      const { calls, errors } = recordTree(client, '/a', { data });
      await pass(0);
      hidden.clear();
      await pass(UNTIL_READ_AGAIN);
      expect(calls.items.slice(1)).toEqual([['modified /a/secret', 'created /a/secret/below']]);
      expect(errors.items).toHaveLength(1);
    });

    it('keeps its last stat when it cannot be read any more', async () => {
      const { calls, changes } = recordTree(client, '/a', { data });
      await pass(0);
      hidden.add('/a/secret');
      client.tree.set('/a/secret', 'new');
      await pass(0);
      expect(calls.items.slice(1)).toEqual([['modified /a/secret']]);
      const { node, before } = changes.items.at(-1) ?? {};
      expect([node?.unreadable, before?.unreadable]).toEqual([true, false]);
      expect(node?.stat).toEqual(before?.stat);
    });

    it('has it as deleted when it is gone', async () => {
      hidden.add('/a/secret');
      const { calls } = recordTree(client, '/a', { data });
      await pass(0);
      client.tree.delete('/a/secret/below');
      client.tree.delete('/a/secret');
      await pass(0);
      expect(calls.items.slice(1)).toEqual([['deleted /a/secret']]);
    });

    it('resumes from a checkpoint of it without a change', async () => {
      hidden.add('/a/secret');
      const { watch } = recordTree(client, '/a', { data });
      await watch.ready;
      const since = watch.checkpoint();
      watch.stop();
      const resumed = recordTree(client, '/a', { data, since });
      await pass(0);
      expect(resumed.calls.items).toEqual([[]]);
      hidden.clear();
      const readable = recordTree(client, '/a', { data, since });
      await pass(UNTIL_READ_AGAIN);
      expect(readable.calls.items.flat().sort()).toEqual(['created /a/secret/below', 'modified /a/secret']);
    });
  },
);
