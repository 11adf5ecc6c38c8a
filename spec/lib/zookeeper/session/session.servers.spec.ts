import { describe, expect } from 'vitest';
import type { WatchedEvent } from '../../../../lib/core/coordination-client.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import type { FaultProxy } from '../../../../testing/fault-proxy.js';
import { Recorder } from '../../../../testing/recorder.js';
import { expireSession } from '../../../../testing/session-killer.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';

/** Expires the session while the client is disconnected, so that a server reports it when the client returns. */
async function expireWhileAway(proxy: FaultProxy, client: ZooKeeperClient, port: number): Promise<void> {
  const states = recordStates(client);
  proxy.refuse();
  proxy.cut();
  await states.until((all) => all.includes('suspended'));
  await expireSession(client, port);
  await proxy.accept();
  await states.until((all) => all.at(-1) === 'connected');
}

async function cut(proxy: FaultProxy, client: ZooKeeperClient, how: 'fin' | 'rst' = 'fin'): Promise<void> {
  const states = recordStates(client);
  proxy.cut(how);
  await states.until((all) => all.at(-1) === 'connected');
}

/** Watches data, an existing and a missing znode, and children. */
async function watchAll(client: ZooKeeperClient): Promise<Recorder<WatchedEvent>> {
  const events = new Recorder<WatchedEvent>();
  for (const path of ['/data', '/stat', '/parent']) await client.create(path);
  await Promise.all([
    client.getData('/data', events.record),
    client.exists('/stat', events.record),
    client.exists('/missing', events.record),
    client.getChildren('/parent', events.record),
  ]);
  return events;
}

async function changeAll(client: ZooKeeperClient): Promise<void> {
  await client.setData('/data', 'changed');
  await client.delete('/stat');
  await client.create('/missing');
  await client.create('/parent/child');
}

const ALL_CHANGES = [
  eventOf('NodeDataChanged', '/data'),
  eventOf('NodeDeleted', '/stat'),
  eventOf('NodeCreated', '/missing'),
  eventOf('NodeChildrenChanged', '/parent'),
];

const byPath = (a: { path: string }, b: { path: string }): number => a.path.localeCompare(b.path);

async function expectAllChanges(events: Recorder<WatchedEvent>): Promise<void> {
  await events.untilCount(ALL_CHANGES.length);
  expect([...events.items].sort(byPath)).toEqual([...ALL_CHANGES].sort(byPath));
}

describe('a session that expires', () => {
  it('is replaced by a new one: suspended, lost, connected', async ({ proxy, proxied, port, logger }) => {
    const states = recordStates(proxied);
    const oldId = proxied.sessionId;
    await expireWhileAway(proxy, proxied, port);
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(proxied.sessionId).not.toBe(oldId);
    expect(proxied.sessionId).not.toBe(null);
    expect(logger.messages('info')).toContainEqual(expect.stringMatching(/^lost: session 0x/));
    expect(logger.messages('warn')).toEqual([]);
    await proxied.create('/a', 'works');
    expect((await proxied.getData('/a')).data.toString()).toBe('works');
  });

  it('is replaced when it ends while the client is connected', async ({ client, port }) => {
    const states = recordStates(client);
    const oldId = client.sessionId;
    await expireSession(client, port);
    await states.until((all) => all.includes('lost') && all.at(-1) === 'connected');
    expect(states.items.slice(-3)).toEqual(['suspended', 'lost', 'connected']);
    expect(client.sessionId).not.toBe(oldId);
  });

  it('deletes its ephemeral znodes', async ({ proxy, proxied, other, port }) => {
    await proxied.create('/mine', '', { mode: 'ephemeral' });
    await expireWhileAway(proxy, proxied, port);
    expect(await other.exists('/mine')).toBe(null);
  });

  it('leaves every watch armed for later changes', async ({ proxy, proxied, other, port }) => {
    const events = await watchAll(proxied);
    await expireWhileAway(proxy, proxied, port);
    expect(events.items).toEqual([]);
    await changeAll(other);
    await expectAllChanges(events);
  });

  it('reports the changes made meanwhile', async ({ proxy, proxied, other, port }) => {
    const events = await watchAll(proxied);
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    await expireSession(proxied, port);
    await changeAll(other);
    await proxy.accept();
    await expectAllChanges(events);
  });

  it('can expire repeatedly', async ({ proxy, proxied, other, port }) => {
    const events = await watchAll(proxied);
    const ids = new Set([proxied.sessionId]);
    for (let time = 0; time < 3; time += 1) {
      await expireWhileAway(proxy, proxied, port);
      ids.add(proxied.sessionId);
    }
    expect(ids.size).toBe(4);
    await changeAll(other);
    await expectAllChanges(events);
  });
});

describe('a connection that is cut', () => {
  for (const how of ['fin', 'rst'] as const) {
    it(`with a ${how} keeps the session, its ephemeral znodes and its watches`, async ({ proxy, proxied, other }) => {
      const events = await watchAll(proxied);
      await proxied.create('/mine', '', { mode: 'ephemeral' });
      const states = recordStates(proxied);
      const { sessionId, sessionPassword } = proxied;
      await cut(proxy, proxied, how);
      expect(states.items).toEqual(['suspended', 'connected']);
      expect([proxied.sessionId, proxied.sessionPassword]).toEqual([sessionId, sessionPassword]);
      expect((await other.exists('/mine'))?.ephemeralOwner).toBe(sessionId);
      await changeAll(other);
      await expectAllChanges(events);
    });
  }

  it('reports the changes made while the client was disconnected', async ({ proxy, proxied, other }) => {
    const events = await watchAll(proxied);
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    await changeAll(other);
    await proxy.accept();
    await expectAllChanges(events);
    await states.untilCount(2);
    expect(states.items).toEqual(['suspended', 'connected']);
  });
});

describe('a watcher', () => {
  it('is not called for cuts and expiries, and is called once for a change after them', async ({
    proxy,
    proxied,
    other,
    port,
  }) => {
    const events = await watchAll(proxied);
    for (let time = 0; time < 2; time += 1) {
      await cut(proxy, proxied);
      await expireWhileAway(proxy, proxied, port);
    }
    await proxied.sync('/');
    expect(events.items).toEqual([]);
    await changeAll(other);
    await changeBack(other);
    await cut(proxy, proxied);
    await proxied.sync('/');
    await expectAllChanges(events);
  });

  it('is called once for a change that was reported before a cut', async ({ proxy, proxied, other }) => {
    const events = await watchAll(proxied);
    await changeAll(other);
    await expectAllChanges(events);
    await cut(proxy, proxied);
    await changeBack(other);
    await proxied.sync('/');
    await expectAllChanges(events);
  });

  it('that throws or rejects is logged, and does not affect the others', async ({ proxied, other, logger }) => {
    const events = new Recorder<WatchedEvent>();
    const [thrown, rejected] = [new Error('thrown by a watcher'), new Error('rejected by a watcher')];
    await proxied.exists('/a', () => {
      throw thrown;
    });
    await proxied.exists('/a', async () => {
      throw rejected;
    });
    await proxied.exists('/a', events.record);
    const states = recordStates(proxied);
    await other.create('/a');
    await events.untilCount(1);
    const lines = await logger.until((all) => all.filter(({ level }) => level === 'error').length === 2);
    expect(lines.map(({ details }) => (details as { err?: Error }).err)).toEqual(
      expect.arrayContaining([thrown, rejected]),
    );
    await proxied.getData('/a', events.record);
    await other.setData('/a', 'again');
    await events.untilCount(2);
    expect(states.items).toEqual([]);
  });

  it('that was removed is not called, before or after a cut', async ({ proxy, proxied, other }) => {
    const [removed, kept] = [new Recorder<WatchedEvent>(), new Recorder<WatchedEvent>()];
    for (const path of ['/a', '/b']) {
      await proxied.exists(path, removed.record);
      await proxied.exists(path, kept.record);
      proxied.removeWatcher(path, removed.record);
      await other.create(path);
      await kept.untilCount(1);
      kept.clear();
      await cut(proxy, proxied);
    }
    await proxied.exists('/c', removed.record);
    proxied.removeWatcher('/c', removed.record);
    await cut(proxy, proxied);
    await other.create('/c');
    await proxied.sync('/');
    expect(removed.items).toEqual([]);
  });

  it('may use the client, and close it', async ({ client, other }) => {
    const closed = new Recorder<string>();
    await client.exists('/a', async () => {
      await client.getData('/a', () => {});
      await client.close();
      closed.record('closed');
    });
    await other.create('/a');
    await closed.untilCount(1);
    expect(client.state).toBe('closed');
  });
});

async function changeBack(client: ZooKeeperClient): Promise<void> {
  await client.setData('/data', 'again');
  await client.create('/stat');
  await client.delete('/missing');
  await client.delete('/parent/child');
}
