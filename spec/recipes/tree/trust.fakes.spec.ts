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
    client.changed = () => {};
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

describe('a znode that came and went', () => {
  const comeAndGo = (): void => {
    client.tree.create('/a/short');
    client.tree.delete('/a/short');
  };

  it.each([true, false])('makes nothing be read besides itself and the one above it (recursive: %s)', async (has) => {
    client.server.hasRecursive = has;
    const { watch } = recordTree(client, '/a');
    await pass(0);
    client.reads.length = 0;
    comeAndGo();
    await pass(0);
    client.cut(comeAndGo);
    await pass(0);
    expect(client.reads).not.toEqual([]);
    expect(client.reads.filter((read) => read.includes('/a/b'))).toEqual([]);
    expect([watch.status, watch.mode]).toEqual(['fresh', has ? 'recursive' : 'one-shot']);
  });
});

describe('a recheck', () => {
  it('finds what nothing reported also after all znodes were read again for the first time', async () => {
    const { calls } = recordTree(client, '/a');
    await pass(2 * OBSERVING.recheckAfter);
    client.server.reports = 'nothing';
    client.tree.set('/a', 'x');
    await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
    expect(calls.items.slice(1)).toEqual([['modified /a']]);
  });

  it('finds a root that was created without a report', async () => {
    const { calls } = recordTree(client, '/missing');
    await pass(0);
    client.server.reports = 'nothing';
    client.tree.create('/missing');
    await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
    expect(calls.items).toEqual([[], ['created /missing']]);
  });

  it('that the connection outlives says nothing of the recursive watch: the ensemble may have been restored', async () => {
    const [backup, zxid] = [client.tree.snapshot(), client.tree.zxid];
    const { calls, events } = recordTree(client, '/a');
    await pass(0);
    client.tree.set('/a/b', 'x');
    await pass(0);
    let release = (): void => {};
    client.reads.length = 0;
    while (!client.reads.includes('readMany /a/b')) {
      release();
      release = client.hold();
      await pass(OBSERVING.recheckTick);
    }
    client.restore(backup, zxid);
    release();
    await pass(OBSERVING.retry.maxDelay);
    expect([calls.items.slice(1), events.items]).toEqual([[['modified /a/b'], ['modified /a/b']], ['resynced']]);
    expect(client.logger.messages('warn')).toEqual([]);
  });

  it('waits while the function runs, which has the newest tree', async () => {
    const { watch } = recordTree(client, '/a', { during: () => new Promise(() => {}) });
    await pass(0);
    client.reads.length = 0;
    await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
    expect([client.reads, watch.status]).toEqual([[], 'fresh']);
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
