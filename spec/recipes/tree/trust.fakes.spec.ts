import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OBSERVING } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

let client: FakeTreeClient;

beforeEach(() => {
  vi.useFakeTimers();
  client = new FakeTreeClient();
  client.tree.create('/a');
  client.tree.create('/a/b');
});

afterEach(async () => {
  client.become('closed');
  await pass(0);
  vi.useRealTimers();
});

const CHANGES: Readonly<Record<string, (tree: FakeTreeClient['tree']) => unknown>> = {
  'modified /a': (tree) => tree.set('/a', 'x'),
  'modified /a/b': (tree) => tree.set('/a/b', 'x'),
  'created /a/c': (tree) => tree.create('/a/c'),
  'deleted /a/b': (tree) => tree.delete('/a/b'),
};

describe.each(Object.entries(CHANGES))('a change that nothing reported, "%s",', (printed, change) => {
  async function beUnreported(): Promise<ReturnType<typeof recordTree>> {
    const recorded = recordTree(client, '/a');
    await pass(0);
    client.server.reports = 'nothing';
    change(client.tree);
    await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
    return recorded;
  }

  it('is found by a recheck, which arms the recursive watch again and says so', async () => {
    const { calls } = await beUnreported();
    expect(calls.items.slice(1)).toEqual([[printed]]);
    expect(client.logger.messages('warn')).toEqual([expect.stringContaining('its recursive watch is armed again')]);
  });

  it('is found in mode one-shot without a word of a recursive watch', async () => {
    client.server.hasRecursive = false;
    const { calls } = await beUnreported();
    expect(calls.items.slice(1)).toEqual([[printed]]);
    expect(client.logger.messages('warn')).toEqual([]);
  });
});

describe('a change that was reported during a recheck', () => {
  it('is no reason to arm the recursive watch again when its read has it already', async () => {
    const { calls } = recordTree(client, '/a');
    await pass(0);
    const readMany = client.readMany.bind(client);
    client.readMany = (paths, ...options) => {
      if (paths.includes('/a/b') && calls.items.length === 1) client.tree.set('/a/b', 'x');
      return readMany(paths, ...options);
    };
    await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
    expect(calls.items.slice(1)).toEqual([['modified /a/b']]);
    expect(client.logger.messages('warn')).toEqual([]);
  });

  it('is no reason to arm the recursive watch again', async () => {
    const { calls } = recordTree(client, '/a');
    await pass(0);
    for (let value = 0; value < 20; value += 1) {
      await pass(OBSERVING.recheckAfter / 20);
      client.tree.set('/a/b', String(value));
    }
    await pass(OBSERVING.recheckTick);
    expect(calls.items.flat().filter((each) => each === 'modified /a/b')).toHaveLength(20);
    expect(client.logger.messages('warn')).toEqual([]);
  });
});

describe('a server without a quorum', () => {
  it('gives a tree that is stale, to a later watch of the same tree as well', async () => {
    client.become('read-only');
    const first = recordTree(client, '/a');
    await pass(0);
    const second = recordTree(client, '/a');
    await pass(0);
    for (const { calls, watch } of [first, second]) {
      expect(calls.items).toEqual([['created /a', 'created /a/b']]);
      expect(watch.status).toBe('stale');
    }
    client.become('suspended');
    client.become('connected');
    await pass(0);
    expect([first.watch.status, second.watch.status]).toEqual(['fresh', 'fresh']);
  });
});
