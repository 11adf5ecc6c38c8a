import { describe, expect } from 'vitest';
import type { WatchedEvent, ZooKeeperClient } from '../../../../index.js';
import { eventually } from '../../../../testing/eventually.js';
import { Recorder } from '../../../../testing/recorder.js';
import { RecordingTreeListener } from '../../../../testing/recording-tree-listener.js';
import { it, recordStates } from '../../../support/fixtures.js';

/** A listener that is armed. */
async function follow(client: ZooKeeperClient, path: string): Promise<RecordingTreeListener> {
  const listener = new RecordingTreeListener();
  client.watchTree(path, listener);
  await listener.untilArmed();
  return listener;
}

/** Whether a change below /a is still reported to the listener. */
async function isFollowed(listener: RecordingTreeListener, other: ZooKeeperClient, name: string): Promise<void> {
  await other.create(`/a/${name}`);
  await listener.until((all) => all.includes(`NodeCreated /a/${name}`), { describe: `the creation of ${name}` });
}

const READS = {
  getData: (client: ZooKeeperClient, watcher: (event: WatchedEvent) => void) => client.getData('/a', watcher),
  exists: (client: ZooKeeperClient, watcher: (event: WatchedEvent) => void) => client.exists('/a', watcher),
  getChildren: (client: ZooKeeperClient, watcher: (event: WatchedEvent) => void) => client.getChildren('/a', watcher),
};

describe('watchTree()', () => {
  it('reports each change of the root and below it, and none beside it', async ({ client, other }) => {
    const listener = await follow(client, '/a');
    await other.create('/a');
    await other.create('/a/b');
    await other.create('/a/b/c');
    await other.create('/ab');
    await other.setData('/a', 'x');
    await other.setData('/a/b/c', 'x');
    await other.delete('/a/b/c');
    await other.delete('/a/b');
    await other.delete('/a');
    await listener.until((all) => all.includes('NodeDeleted /a'));
    expect(listener.items).toEqual([
      'armed',
      'NodeCreated /a',
      'NodeCreated /a/b',
      'NodeCreated /a/b/c',
      'NodeDataChanged /a',
      'NodeDataChanged /a/b/c',
      'NodeDeleted /a/b/c',
      'NodeDeleted /a/b',
      'NodeDeleted /a',
    ]);
  });

  it('reports everything to a listener of the root', async ({ client, other }) => {
    const listener = await follow(client, '/');
    await other.create('/a');
    await other.create('/a/b');
    await listener.until((all) => all.length === 3);
    expect(listener.events).toEqual(['NodeCreated /a', 'NodeCreated /a/b']);
  });

  it('has one watch of the server for all listeners of a path, and nested ones beside it', async ({
    client,
    other,
  }) => {
    await other.create('/a');
    const [first, second] = [await follow(client, '/a'), new RecordingTreeListener()];
    const registration = client.watchTree('/a', second);
    const nested = await follow(client, '/a/b');
    await second.untilArmed();
    await other.create('/a/b');
    for (const listener of [first, second, nested]) await listener.until((all) => all.includes('NodeCreated /a/b'));
    registration.remove();
    registration.remove();
    await isFollowed(first, other, 'c');
    expect(second.events).toEqual(['NodeCreated /a/b']);
    expect(nested.events).toEqual(['NodeCreated /a/b']);
  });

  it('reports after a cut what has changed of the known znodes, deletions included, and nothing else', async ({
    proxied: client,
    proxy,
    other,
  }) => {
    const paths = ['/a', '/a/same', '/a/changed', '/a/deleted', '/a/parent', '/a/parent/old'];
    for (const path of paths) await other.create(path);
    const listener = await follow(client, '/a');
    await client.sync('/');
    listener.paths = paths;
    listener.position = client.lastZxid;
    proxy.refuse();
    proxy.cut();
    await listener.until((all) => all.includes('interrupted'));
    await other.setData('/a/changed', 'x');
    await other.delete('/a/deleted');
    await other.create('/a/parent/new');
    proxy.pass();
    await listener.untilArmed(2);
    expect(listener.items.slice(0, 2)).toEqual(['armed', 'interrupted']);
    expect([...new Set(listener.events)].sort()).toEqual([
      'NodeChildrenChanged /a',
      'NodeChildrenChanged /a/parent',
      'NodeDataChanged /a/changed',
      'NodeDeleted /a/deleted',
    ]);
    await isFollowed(listener, other, 'after');
  });

  it('reports the same in a new session', async ({ proxied: client, proxy, other }) => {
    for (const path of ['/a', '/a/b', '/a/c']) await other.create(path);
    const listener = await follow(client, '/a');
    await client.sync('/');
    listener.paths = ['/a', '/a/b', '/a/c'];
    listener.position = client.lastZxid;
    const states = recordStates(client);
    proxy.refuse();
    proxy.cut();
    await states.until((all) => all.includes('lost'));
    await other.setData('/a/b', 'x');
    await other.delete('/a/c');
    proxy.pass();
    await listener.untilArmed(2);
    expect([...new Set(listener.events)].sort()).toEqual([
      'NodeChildrenChanged /a',
      'NodeDataChanged /a/b',
      'NodeDeleted /a/c',
    ]);
    await isFollowed(listener, other, 'after');
  });

  it('reports to a new listener what has changed since its position', async ({ client, other }) => {
    for (const path of ['/a', '/a/b', '/a/c']) await other.create(path);
    await client.sync('/');
    const listener = new RecordingTreeListener();
    Object.assign(listener, { paths: ['/a', '/a/b', '/a/c', '/a/gone'], position: client.lastZxid });
    await other.setData('/a/b', 'x');
    client.watchTree('/a', listener);
    await listener.untilArmed();
    expect(listener.events.sort()).toEqual(
      ['NodeDataChanged /a/b', 'NodeDeleted /a/gone', 'NodeDeleted /a/gone'].sort(),
    );
    await isFollowed(listener, other, 'after');
  });

  it('names the known znodes in as many requests as needed', async ({ connect, proxy, chroot, other }) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, maxRequestSize: 1_024 });
    await other.create('/a');
    const paths = Array.from({ length: 60 }, (_, nth) => `/a/${'long'.repeat(10)}${nth}`);
    for (const path of paths) await other.create(path);
    const listener = await follow(client, '/a');
    await client.sync('/');
    listener.paths = ['/a', ...paths];
    listener.position = client.lastZxid;
    proxy.cut();
    await listener.untilArmed(2);
    await isFollowed(listener, other, 'after');
    expect(listener.events).toEqual(['NodeCreated /a/after']);
  });

  for (const [name, read] of Object.entries(READS)) {
    it(`and ${name} with a watcher of the same znode do not harm each other, in either order`, async ({
      client,
      other,
    }) => {
      await other.create('/a');
      const before = new Recorder<WatchedEvent>();
      const after = new Recorder<WatchedEvent>();
      await read(client, before.record);
      const listener = await follow(client, '/a');
      await read(client, after.record);
      await other.setData('/a', 'x');
      await other.create('/a/child');
      for (const recorder of [before, after]) await recorder.untilCount(1);
      await isFollowed(listener, other, 'b');
      await read(client, after.record);
      await other.setData('/a', 'y');
      await other.create('/a/child2');
      await after.untilCount(2);
      await isFollowed(listener, other, 'c');
      expect([before.items.length, after.items.length]).toEqual([1, 2]);
    });

    it(`leaves the watch of ${name} armed when it ends`, async ({ client, other }) => {
      await other.create('/a');
      const listener = new RecordingTreeListener();
      const registration = client.watchTree('/a', listener);
      await listener.untilArmed();
      const fired = new Recorder<WatchedEvent>();
      await read(client, fired.record);
      registration.remove();
      await client.sync('/');
      await other.setData('/a', 'x');
      await other.create('/a/child');
      await fired.untilCount(1);
      await client.sync('/');
      expect(listener.events).toEqual([]);
    });

    it(`goes on when the watcher of ${name} is removed`, async ({ client, other }) => {
      await other.create('/a');
      const watcher = () => {};
      await read(client, watcher);
      const listener = await follow(client, '/a');
      await read(client, watcher);
      client.removeWatcher('/a', watcher);
      await client.sync('/');
      await isFollowed(listener, other, 'b');
    });
  }

  it.for(['at once', 'after a cut'])(
    'fires a watcher of the children of its root that stood before it: %s',
    async (when, { proxied: client, proxy, other }) => {
      await other.create('/a/old', '', { makePath: true });
      const fired = new Recorder<WatchedEvent>();
      await client.getChildren('/a', fired.record);
      const listener = await follow(client, '/a');
      listener.paths = ['/a', '/a/old'];
      await client.sync('/');
      listener.position = client.lastZxid;
      if (when === 'after a cut') {
        proxy.cut();
        await listener.untilArmed(2);
      }
      await other.setData('/a/old', 'x');
      await isFollowed(listener, other, 'b');
      await fired.untilCount(1);
      await client.getChildren('/a', fired.record);
      await other.delete('/a/b');
      await fired.untilCount(2);
      await client.sync('/');
      expect(fired.items.map(({ type, path }) => `${type} ${path}`)).toEqual([
        'NodeChildrenChanged /a',
        'NodeChildrenChanged /a',
      ]);
    },
  );

  it('fires the watcher of the root over a cut and an expiry', async ({ proxied: client, proxy, other }) => {
    await other.create('/a');
    const listener = await follow(client, '/a');
    const fired = new Recorder<WatchedEvent>();
    await client.getData('/a', fired.record);
    const states = recordStates(client);
    proxy.refuse();
    proxy.cut();
    await states.until((all) => all.includes('lost'));
    await other.setData('/a', 'x');
    proxy.pass();
    await fired.untilCount(1);
    await listener.untilArmed(2);
    await client.getData('/a', fired.record);
    await other.setData('/a', 'y');
    await fired.untilCount(2);
    await isFollowed(listener, other, 'after');
  });

  it('can be registered before connect(), and during an outage', async ({ makeClient, proxy, chroot, other }) => {
    const client = makeClient({ connectString: `${proxy.connectString}${chroot}` });
    await other.create('/a');
    const early = new RecordingTreeListener();
    client.watchTree('/a', early);
    await client.connect();
    await early.untilArmed();
    proxy.refuse();
    proxy.cut();
    await early.until((all) => all.includes('interrupted'));
    const late = new RecordingTreeListener();
    client.watchTree('/a', late);
    proxy.pass();
    await early.untilArmed(2);
    await late.untilArmed();
    await isFollowed(late, other, 'b');
    await client.close();
  });

  it('reports what a listener throws, and calls the others', async ({ client, other, logger }) => {
    await other.create('/a');
    const first = new RecordingTreeListener();
    first.changed = () => {
      throw new Error('of the listener');
    };
    client.watchTree('/a', first);
    const second = await follow(client, '/a');
    await isFollowed(second, other, 'b');
    await eventually(() => logger.messages('error').some((message) => message.includes('of the listener')));
  });

  it('refuses a bad path, a bad listener and a closed client', async ({ client }) => {
    const listener = new RecordingTreeListener();
    expect(() => client.watchTree('a', listener)).toThrow(expect.objectContaining({ code: 'INVALID_PATH' }));
    for (const bad of [undefined, null, {}, () => {}, { ...listener, position: 0 }]) {
      expect(() => client.watchTree('/a', bad as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    client.watchTree('/a', listener);
    await client.close();
    expect(listener.items.filter((call) => call === 'interrupted')).toEqual([]);
    expect(() => client.watchTree('/a', listener)).toThrow(expect.objectContaining({ code: 'CLIENT_CLOSED' }));
  });
});
