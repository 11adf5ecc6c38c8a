import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLossError, ZooKeeperError } from '../../../lib/core/errors.js';
import { OBSERVING, TREE } from '../../../lib/core/limits.js';
import { FakeTreeClient } from '../../../testing/fake-tree-client.js';
import { pass, turn } from '../../../testing/passing-time.js';
import { recordTree } from '../../support/recorded-trees.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('a connection that is lost', () => {
  it.for([
    ['recursive', 2],
    ['one-shot', 1],
  ] as const)('after the last reading of a round and before its end loses no change (%s)', async ([mode, nth]) => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = mode === 'recursive';
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    let asked = Number.NEGATIVE_INFINITY;
    const { watch, calls, audit } = recordTree(client, '/a', {
      ignore: (path) => {
        if (path !== '/a/ignored') return false;
        asked += 1;
        // A recursive watch has an event of it, before the list of children.
        if (asked === nth) queueMicrotask(() => client.become('suspended'));
        return true;
      },
    });
    await watch.ready;
    asked = 0;
    client.tree.create('/a/ignored');
    client.tree.set('/a', 'new');
    await turn();
    expect([client.state, calls.items.length]).toEqual(['suspended', 1]);
    client.become('connected');
    await turn();
    expect(calls.items.slice(1)).toEqual([['modified /a']]);
    expect(audit.violations).toEqual([]);
    watch.stop();
  });

  it('between two portions of a round leaves the position before what was not read', async () => {
    const client = new FakeTreeClient();
    client.server.hasRecursive = false;
    client.tree.create('/a');
    const paths = Array.from({ length: TREE.oneShotPortion.znodes + 1 }, (_, index) => `/a/${1_000 + index}`);
    for (const path of paths) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const { position } = watch;
    const last = paths.at(-1) as string;
    const { getData } = client;
    client.getData = async (path, watcher) => {
      const reply = await getData.call(client, path, watcher);
      if (path === last) client.become('suspended');
      return reply;
    };
    for (const path of paths) client.tree.set(path, 'new');
    await turn();
    await turn();
    expect(client.state).toBe('suspended');
    expect(watch.position).toBe(position);
    client.getData = getData;
    client.become('connected');
    await calls.until((all) => all.flat().length === 1 + 2 * paths.length);
    watch.stop();
  });
});

describe('a change that was not read yet', () => {
  it('leaves the position before it, and the watch stale', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const { position } = watch;
    client.readError = (_operation, path) => new ConnectionLossError(`no answer about ${path}`);
    client.tree.set('/a/b', 'new');
    client.ping();
    expect([watch.status, watch.position]).toEqual(['stale', position]);
    await turn();
    expect([watch.status, watch.position]).toEqual(['stale', position]);
    client.readError = () => undefined;
    await calls.untilCount(2);
    expect(watch.position).toBe(client.tree.zxid);
    watch.stop();
  });

  it('is after the position of a call that came without it', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b', '/a/c']) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    const release = client.hold();
    client.tree.set('/a/b', 'new');
    await turn();
    client.tree.set('/a/c', 'new');
    client.ping();
    let releaseNext = (): void => {};
    client.insideNextReply(() => {
      releaseNext = client.hold();
    });
    release();
    await turn();
    expect(calls.last).toEqual(['modified /a/b']);
    expect(watch.position).toBeLessThan(client.tree.zxid);
    releaseNext();
    await turn();
    expect([calls.last, watch.position]).toEqual([['modified /a/c'], client.tree.zxid]);
    watch.stop();
  });

  it('is told after an interruption, though the client has seen its transaction before', async () => {
    const client = new FakeTreeClient();
    for (const path of ['/a', '/a/b']) client.tree.create(path);
    const { watch, calls } = recordTree(client, '/a');
    await watch.ready;
    client.cut(() => {
      client.tree.set('/a/b', 'new');
      client.ping();
    });
    await calls.untilCount(2);
    expect(calls.items[1]).toEqual(['modified /a/b']);
    watch.stop();
  });
});

describe('a TreeWatch that is stopped', () => {
  it.each(['while it reads', 'while it waits to read again'])(
    '%s reads nothing more, and leaves no timer',
    async (when) => {
      vi.useFakeTimers();
      const client = new FakeTreeClient();
      for (const path of ['/a', '/a/b']) client.tree.create(path);
      client.readError = (_operation, path) => new ZooKeeperError('SYSTEM_ERROR', `no answer about ${path}`);
      const release = client.hold();
      const { watch, errors } = recordTree(client, '/a');
      await pass(0);
      if (when === 'while it reads') watch.stop();
      release();
      await pass(0);
      watch.stop();
      client.reads.length = 0;
      await pass(0);
      expect(vi.getTimerCount()).toBe(0);
      await pass(2 * OBSERVING.retry.maxDelay);
      expect(client.reads).toEqual([]);
      expect(errors.items).toHaveLength(when === 'while it reads' ? 0 : 1);
    },
  );
});
