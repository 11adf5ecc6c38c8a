import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { ZooKeeperClient } from '../../../index.js';
import { Xid } from '../../../lib/protocol/op-code.js';
import { eventually } from '../../../testing/eventually.js';
import type { FaultProxy } from '../../../testing/fault-proxy.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it, recordStates } from '../../support/fixtures.js';
import { recordSubscription } from '../../support/recorded-subscriptions.js';
import { recordTree } from '../../support/recorded-trees.js';
import { startServer, type TestServer } from '../../support/test-server.js';
import { TREE_WAYS } from '../../support/tree-ways.js';

const FOLDERS = 10;
const ZNODES = 1_000;

/** So many znodes below `/a`. */
async function fill(client: ZooKeeperClient): Promise<void> {
  await client.create('/a');
  const folders = Array.from({ length: FOLDERS }, (_, nth) => `/a/${nth}`);
  await Promise.all(folders.map((path) => client.create(path)));
  const each = ZNODES / FOLDERS - 1;
  await Promise.all(
    folders.flatMap((path) => Array.from({ length: each }, (_, nth) => client.create(`${path}/${nth}`, 'x'))),
  );
}

/** Counts the replies to requests from now on: neither events nor pings. */
function countReplies(proxy: FaultProxy): { count: number } {
  const counter = { count: 0 };
  const others: readonly number[] = [Xid.notification, Xid.ping];
  proxy.transform((frame) => {
    if (!others.includes(frame.readInt32BE(0))) counter.count += 1;
    return frame;
  });
  return counter;
}

// A foreign client promises nothing about its watches over a recovery.
describe.for(TREE_WAYS.slice(0, 2))('T6: a TreeWatch $name', ({ of }) => {
  it.for(['a cut', 'an expiry'])(
    'has only the changes after %s, deletions included, for at most a request per 100 znodes besides theirs',
    async (recovery, { connect, proxy, chroot, other, port }) => {
      await fill(other);
      const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 1_000 });
      const { watch, calls, events, audit } = recordTree(of(client), '/a');
      await watch.ready;
      await client.sync('/');
      expect(watch.position).toBe(client.lastZxid);
      const states = recordStates(client);
      const replies = countReplies(proxy);
      proxy.refuse();
      proxy.cut();
      await states.until((all) => all.includes('suspended'));
      if (recovery === 'an expiry') await expireSession(client, port);
      await other.setData('/a/1/1', 'new');
      await other.delete('/a/2/2');
      await other.create('/a/3/new');
      await proxy.accept();
      await events.until((all) => all.includes('resynced'));
      await calls.untilCount(2);
      expect(calls.items.slice(1)).toEqual([
        expect.arrayContaining(['modified /a/1/1', 'created /a/3/new', 'deleted /a/2/2']),
      ]);
      expect(calls.items[1]).toHaveLength(3);
      expect(audit.violations).toEqual([]);
      // A changed znode may be read by itself, and so may the one above it.
      const forChanges = 3 * 4;
      expect(replies.count).toBeLessThanOrEqual(forChanges + (1 + ZNODES) / 100);
      watch.stop();
      await client.close();
    },
  );

  it('has no call after a cut without changes', async ({ proxied: client, proxy, other }) => {
    await other.create('/a/b', '', { makePath: true });
    const { watch, calls, events } = recordTree(of(client), '/a');
    await watch.ready;
    proxy.cut();
    await events.until((all) => all.includes('resynced'));
    expect(watch.status).toBe('fresh');
    expect(calls.items).toHaveLength(1);
    watch.stop();
  });
});

describe.for(TREE_WAYS.slice(0, 2))(
  'T8: after a restore of the ensemble from a backup, a TreeWatch $name',
  ({ of }) => {
    it('has the differences, and its position starts again', async ({ connect }) => {
      const folder = await mkdtemp(join(tmpdir(), 'spec-tree-restore-'));
      const dataDir = join(folder, 'data');
      let server: TestServer = await startServer({ tickTime: 100, dataDir });
      try {
        const { connectString, port } = server;
        const client = await connect({ connectString, sessionTimeout: 1_000 });
        for (const path of ['/a', '/a/changed', '/a/gone', '/a/same']) await client.create(path, 'backup');
        const lost = recordStates(client).until((all) => all.includes('lost'));
        await server.kill();
        await cp(dataDir, join(folder, 'backup'), { recursive: true });
        await lost;
        await server.restart();
        await client.connect();
        await client.setData('/a/changed', 'later');
        await client.delete('/a/gone');
        await client.create('/a/new');
        for (let nth = 0; nth < 20; nth += 1) await client.setData('/a/new', String(nth));
        const { watch, calls, audit } = recordTree(of(client), '/a');
        const subscribed = recordSubscription(of(client), '/a');
        await Promise.all([watch.ready, subscribed.subscription.ready]);
        const { position } = watch;

        await server.stop();
        server = await startServer({ tickTime: 100, port, dataDir: join(folder, 'backup') });
        const differences = ['created /a/gone', 'deleted /a/new', 'modified /a/changed'];
        await calls.until((all) => all.slice(1).flat().length >= differences.length);
        await subscribed.calls.untilCount(differences.length);
        expect(calls.items.slice(1).flat().sort()).toEqual(differences);
        expect([...subscribed.calls.items].sort()).toEqual(differences);
        expect(audit.violations).toEqual([]);
        await eventually(() => watch.status === 'fresh');
        expect(watch.position).toBeLessThan(position);
        // The position of a subscription moves once the last of its calls has settled.
        await eventually(() => subscribed.subscription.position < position);
        expect(audit.copy.get('/a/changed')?.data).toBe('backup');
        await client.setData('/a/same', 'new');
        await calls.until((all) => all.at(-1)?.includes('modified /a/same') === true);
        watch.stop();
        await subscribed.subscription.close();
        await client.close();
      } finally {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);
