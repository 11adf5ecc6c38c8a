import { ACL, Exception, Id, Permission } from 'node-zookeeper-client';
import { describe, expect } from 'vitest';
import { type CreateOptions, DataWatch, dataWatch, NoNodeError } from '../../../index.js';
import { fromNodeZooKeeperClient } from '../../../lib/node-zookeeper-client/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, statesOf } from '../../support/adapter-fixtures.js';
import { createWithNullData } from '../../support/raw-create.js';

/** The listeners that a client of node-zookeeper-client holds for the watches of a path. */
function listenersOf(client: object, kind: 'data' | 'existence' | 'child', path: string): number {
  const { connectionManager } = client as { connectionManager: { watcherManager: Record<string, object> } };
  const emitters = connectionManager.watcherManager[`${kind}Watchers`] as Record<string, NodeJS.EventEmitter>;
  return emitters[path]?.listenerCount('notification') ?? 0;
}

describe('the adapter of node-zookeeper-client', () => {
  it('reads null data as an empty Buffer (the package: undefined)', async ({ adapt, port, chroot }) => {
    await createWithNullData(port, `${chroot}/null`);
    const { adapter } = await adapt('object');
    expect((await adapter.getData('/null')).data).toEqual(Buffer.alloc(0));
  });

  it('takes version 0 of a transaction for version 0 (the package sends -1)', async ({ adapt, other }) => {
    const { adapter } = await adapt('object');
    await other.create('/node', '0');
    await other.setData('/node', '1');
    const attempts = [
      adapter.transaction().setData('/node', 'overwritten', 0).commit(),
      adapter.transaction().delete('/node', 0).commit(),
      adapter.transaction().create('/beside').check('/node', 0).commit(),
    ];
    for (const attempt of attempts) {
      await expect(attempt).rejects.toMatchObject({ name: 'BadVersionError', path: '/node', serverCode: -103 });
    }
    expect(String((await other.getData('/node')).data)).toBe('1');
    expect(await other.exists('/beside')).toBeNull();
    const results = await adapter.transaction().check('/node', 1).create('/beside', 'x').delete('/node', 1).commit();
    expect(results).toEqual([{ type: 'check' }, { type: 'create', path: '/beside' }, { type: 'delete' }]);
  });

  it('names the operation that undid a transaction', async ({ adapt }) => {
    const { adapter } = await adapt('object');
    const transaction = adapter.transaction().create('/a').setData('/missing', 'x').create('/b');
    await expect(transaction.commit()).rejects.toThrow('undone by its operation 2 of 3: setData /missing: NO_NODE');
    await expect(transaction.commit()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(() => transaction.create('/c')).toThrow('before commit()');
  });

  it('refuses a request above jute.maxbuffer (the package has its connection cut)', async ({
    adapt,
    chroot,
    other,
  }) => {
    const { adapter } = await adapt('object');
    const states = statesOf(adapter);
    await other.create('/node');
    const large = Buffer.alloc(1_048_560, 1);
    const attempts = [
      adapter.setData('/node', large),
      adapter.create('/other', large),
      adapter.transaction().setData('/node', large).commit(),
      adapter.exists(`/${'x'.repeat(1_048_570)}`),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    // Exact to the byte, the chroot included.
    const largest = Buffer.alloc(0xfffff - 20 - `${chroot}/node`.length, 1);
    expect(await adapter.setData('/node', largest)).toMatchObject({ dataLength: largest.length });
    const tooLarge = adapter.setData('/node', Buffer.concat([largest, Buffer.alloc(1)]));
    await expect(tooLarge).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(states.items).toEqual([]);
  });

  it('rejects with the typed errors of this package', async ({ adapt, other }) => {
    const { adapter } = await adapt('object');
    await other.create('/node/child', '', { makePath: true });
    const errors = [
      [adapter.getData('/missing'), 'NoNodeError', Exception.NO_NODE],
      [adapter.getChildren('/missing'), 'NoNodeError', Exception.NO_NODE],
      [adapter.setData('/node', '', 7), 'BadVersionError', Exception.BAD_VERSION],
      [adapter.delete('/node'), 'NotEmptyError', Exception.NOT_EMPTY],
      [adapter.create('/node'), 'NodeExistsError', Exception.NODE_EXISTS],
      [adapter.create('/acl', '', { acl: [{ perms: 31, scheme: 'none', id: '' }] }), 'InvalidAclError', -114],
    ] as const;
    for (const [promise, name, serverCode] of errors) await expect(promise).rejects.toMatchObject({ name, serverCode });
    await expect(adapter.getData('/missing')).rejects.toBeInstanceOf(NoNodeError);
  });

  it('creates with modes, ACLs and parents, and refuses the mode container', async ({ adapt, other }) => {
    const { adapter, client } = await adapt('object');
    const acl = [{ perms: 1, scheme: 'world', id: 'anyone' }];
    await adapter.create('/read-only', 'x', { acl });
    expect((await other.getAcl('/read-only')).acl).toEqual(acl);
    expect(await adapter.create('/q-', '', { mode: 'persistent-sequential' })).toBe('/q-0000000001');
    await adapter.create('/a/b/c', 'deep', { makePath: true, mode: 'ephemeral' });
    expect((await adapter.exists('/a/b/c'))?.ephemeralOwner).toBe(adapter.sessionId);
    expect(adapter.sessionId).toBe(client().getSessionId().readBigInt64BE());
    const container = adapter.create('/container', '', { mode: 'container' });
    await expect(container).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const nobody = { perms: 0, scheme: 'world', id: 'anyone' };
    const wrong = [{ acl: [] }, { acl: [nobody] }, { mode: 'constructor' }, { mode: 'persistent', ttl: 1_000 }];
    for (const options of wrong as CreateOptions[]) {
      await expect(adapter.create('/none', '', options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(adapter.create('bad')).rejects.toMatchObject({ code: 'INVALID_PATH' });
  });

  it('keeps one function per path in the package, however often it is read', async ({ adapt, other }) => {
    const { adapter, client } = await adapt('object');
    await other.create('/node', '0');
    const watchers = Array.from({ length: 30 }, () => () => {});
    for (const watcher of watchers) {
      await adapter.getData('/node', watcher);
      await adapter.exists('/node', watcher);
      await adapter.getChildren('/node', watcher);
    }
    expect(['data', 'child'].map((kind) => listenersOf(client(), kind as 'data', '/node'))).toEqual([1, 1]);
    for (const watcher of watchers) adapter.removeWatcher('/node', watcher);
    expect(['data', 'child'].map((kind) => listenersOf(client(), kind as 'data', '/node'))).toEqual([0, 0]);
  });

  it('leaves no watcher behind after a read that failed, nor after a cut', async ({ adapt, proxy, chroot, other }) => {
    const { adapter, client } = await adapt('object', { connectString: `${proxy.connectString}${chroot}` });
    const events = new Recorder<string>();
    await expect(adapter.getData('/node', ({ type }) => events.record(type))).rejects.toBeInstanceOf(NoNodeError);
    await adapter.exists('/node', ({ type }) => events.record(`armed ${type}`));
    const states = statesOf(adapter);
    proxy.cut();
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(listenersOf(client(), 'existence', '/node')).toBe(0);
    await other.create('/node');
    await adapter.exists('/node');
    expect(events.items).toEqual([]);
  });

  it('leaves the watchers of the user in place, on the same path too', async ({ adapt, proxy, chroot, other }) => {
    const { adapter, client } = await adapt('object', { connectString: `${proxy.connectString}${chroot}` });
    await other.create('/node', '0');
    const events = new Recorder<string>();
    await new Promise((resolve) => client().getData('/node', (event) => events.record(event.name), resolve));
    const calls = new Recorder<string>();
    const watch = new DataWatch(adapter, '/node', (data) => calls.record(String(data)));
    await watch.ready;
    const states = statesOf(adapter);
    proxy.cut();
    await states.until((seen) => seen.at(-1) === 'connected');
    await other.setData('/node', '1');
    await events.untilCount(1);
    await calls.until((all) => all.at(-1) === '1');
    expect(events.items).toEqual(['NODE_DATA_CHANGED']);
  });

  it('works on a connected object at once, and on another one from its connection on', async ({ adapt, other }) => {
    const { client } = await adapt('object');
    const second = fromNodeZooKeeperClient(client());
    expect(second.state).toBe('connected');
    await other.create('/node', '0');
    expect(String((await second.getData('/node')).data)).toBe('0');
    await second.close();
    expect(second.state).toBe('closed');
    expect(client().getState().code).toBe(3);
  });

  it('carries the decorators', async ({ adapt, other }) => {
    const { adapter } = await adapt('function');
    const calls = new Recorder<string>();
    class Service {
      @dataWatch(adapter, '/node')
      changed(data: Buffer | null): void {
        calls.record(String(data));
      }
    }
    new Service();
    await calls.untilCount(1);
    await other.create('/node', 'x');
    expect(await calls.untilCount(2)).toEqual(['null', 'x']);
  });

  it('closes the object that a function made, and leaves one that was handed in', async ({ adapt, other }) => {
    const [owned, foreign] = [await adapt('function'), await adapt('object')];
    await owned.adapter.create('/owned', '', { mode: 'ephemeral' });
    await foreign.adapter.create('/foreign', '', { mode: 'ephemeral' });
    await owned.adapter.close();
    expect(await other.exists('/owned')).toBeNull();
    await foreign.adapter.close();
    expect(await other.exists('/foreign')).not.toBeNull();
    await expect(owned.adapter.exists('/owned')).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('gives the right of a user who has more than the world', async ({ adapt, other }) => {
    const { adapter, client } = await adapt('object');
    client().addAuthInfo('digest', Buffer.from('user:secret'));
    await new Promise((resolve) =>
      client().create('/own', Buffer.alloc(0), [new ACL(Permission.ALL, new Id('auth', ''))], resolve),
    );
    await expect(other.getData('/own')).rejects.toMatchObject({ code: 'NO_AUTH' });
    expect((await adapter.getData('/own')).data).toHaveLength(0);
  });
});
