import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ChildrenWatch, DataWatch, PatientChildrenWatch, ZooKeeperClient } from '../../index.js';
import { OpCode } from '../../lib/protocol/op-code.js';
import { ServerCode } from '../../lib/protocol/server-code.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { RawSession } from '../../testing/raw-session.js';
import { Recorder } from '../../testing/recorder.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { expireSession } from '../../testing/session-killer.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';
import { recordSubscription } from '../support/recorded-subscriptions.js';
import { recordTree } from '../support/recorded-trees.js';

/** The operations that came after 3.4. */
const MISSING = [
  'create2',
  'removeWatches',
  'createContainer',
  'createTtl',
  'multiRead',
  'setWatches2',
  'addWatch',
  'getEphemerals',
  'getAllChildrenNumber',
  'whoAmI',
] as const;

let server: ZooKeeperServer;

beforeAll(async () => {
  server = await ZooKeeperServer.start({ version: '3.4.13', tickTime: 100 });
});

afterAll(() => server?.stop());

async function connect(connectString: string): Promise<ZooKeeperClient> {
  const client = new ZooKeeperClient(connectString, { sessionTimeout: 4_000, logger: new RecordingLogger() });
  onTestFinished(() => client.close());
  return client.connect();
}

describe('on ZooKeeper 3.4.13', () => {
  it('the three watches survive a cut and an expiry', async () => {
    const proxy = await FaultProxy.listen(server);
    onTestFinished(() => proxy.close());
    const client = await connect(proxy.connectString);
    const other = await connect(server.connectString);
    await other.create('/watched/one', 'v1', { makePath: true });
    const values = new Recorder<string>();
    const children = new Recorder<string>();
    const states = new Recorder<string>();
    client.on('state', states.record);
    const data = new DataWatch(client, '/watched/one', (value) => values.record(String(value)));
    new ChildrenWatch(client, '/watched', (names) => children.record(names.toSorted().join()));
    await values.untilCount(1);
    await children.untilCount(1);
    const patient = await new PatientChildrenWatch(client, '/watched', { timeBoundary: 100 }).start();

    proxy.cut();
    await other.setData('/watched/one', 'v2');
    await other.create('/watched/two');
    await values.until((all) => all.includes('v2'));
    await children.until((all) => all.includes('one,two'));
    await patient.changed;

    await expireSession(client, server.port);
    await other.setData('/watched/one', 'v3');
    await values.until((all) => all.includes('v3'));
    await other.create('/watched/three');
    await children.until((all) => all.includes('one,three,two'));

    expect(states.items).toEqual(['suspended', 'connected', 'suspended', 'lost', 'connected']);
    expect(data.stopped).toBe(false);
    await client.close();
    expect(data.stopped).toBe(true);
  });

  it('a watch that is stopped costs a connection for RemoveWatches, once for all of them', async () => {
    const client = await connect(server.connectString);
    const { sessionId } = client;
    await client.create('/stopped/a', 'v1', { makePath: true });
    const states = new Recorder<string>();
    const values = new Recorder<string>();
    client.on('state', states.record);
    for (const turn of [1, 2]) {
      const watch = new DataWatch(client, '/stopped/a', () => {});
      await watch.ready;
      watch.stop();
      if (turn === 1) await states.until((all) => all.at(-1) === 'connected');
    }
    // A request after the second stop: its answer shows that the connection has lasted.
    const kept = new DataWatch(client, '/stopped/a', (value) => values.record(String(value)));
    await kept.ready;
    await client.setData('/stopped/a', 'v2');
    await values.until((all) => all.includes('v2'));
    expect(states.items).toEqual(['suspended', 'connected']);
    expect(client.sessionId).toBe(sessionId);
  });

  it('a container cannot be created, and the session lives on', async () => {
    const client = await connect(server.connectString);
    const { sessionId } = client;
    const states = new Recorder<string>();
    client.on('state', states.record);
    const creation = client.create('/container', '', { mode: 'container' });
    await expect(creation).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
    await states.until((all) => all.at(-1) === 'connected');
    expect(await client.exists('/container')).toBe(null);
    expect(client.sessionId).toBe(sessionId);
  });

  it('whoAmI costs one connection, and is refused without one from then on', async () => {
    const client = await connect(server.connectString);
    const { sessionId } = client;
    const states = new Recorder<string>();
    client.on('state', states.record);
    await expect(client.whoAmI()).rejects.toMatchObject({ code: 'UNIMPLEMENTED', message: /answered with error -6/ });
    await states.until((all) => all.at(-1) === 'connected');
    for (const _ of [1, 2]) {
      await expect(client.whoAmI()).rejects.toMatchObject({ code: 'UNIMPLEMENTED', message: /nothing was sent/ });
    }
    expect(await client.exists('/none')).toBe(null);
    expect(states.items).toEqual(['suspended', 'connected']);
    expect(client.sessionId).toBe(sessionId);
  });

  it('a transaction is carried out', async () => {
    const client = await connect(server.connectString);
    const results = await client.transaction().create('/moved', 'v1').setData('/moved', 'v2').delete('/moved').commit();
    expect(results.map(({ type }) => type)).toEqual(['create', 'setData', 'delete']);
  });

  it('readMany() costs a connection, once, and returns every znode', async () => {
    const client = await connect(server.connectString);
    const paths = Array.from({ length: 100 }, (_, nth) => `/many-${nth}`);
    await Promise.all(paths.map((path) => client.create(path, path)));
    const states = new Recorder<string>();
    client.on('state', states.record);
    for (const data of [true, true, false]) {
      const results = await client.readMany([...paths, '/missing'], { data });
      expect(results.slice(0, -1)).toMatchObject(paths.map((path) => ({ data: Buffer.from(data ? path : '') })));
      expect(results.at(-1)).toMatchObject({ code: 'NO_NODE', path: '/missing' });
    }
    expect(states.items).toEqual(['suspended', 'connected']);
  });

  it('a TreeWatch and a subscription follow by one-shot watches, over a cut and an expiry', async () => {
    const proxy = await FaultProxy.listen(server);
    onTestFinished(() => proxy.close());
    const client = await connect(proxy.connectString);
    const other = await connect(server.connectString);
    for (const path of ['/tree', '/tree/kept', '/tree/gone', '/tree/again']) await other.create(path, 'v1');
    const { watch, calls, audit } = recordTree(client, '/tree');
    const subscribed = recordSubscription(client, '/tree', { filters: { type: ['created', 'deleted'] } });
    await Promise.all([watch.ready, subscribed.subscription.ready]);
    expect([watch.mode, calls.items.flat().length]).toEqual(['one-shot', 4]);

    proxy.cut();
    await other.delete('/tree/gone');
    await other.create('/tree/new');
    await calls.until(() => audit.copy.has('/tree/new') && !audit.copy.has('/tree/gone'));
    await expireSession(client, server.port);
    await other.delete('/tree/again');
    await other.create('/tree/again', 'v2');
    await other.create('/tree/new/below');
    await calls.until(() => audit.copy.has('/tree/new/below') && audit.copy.get('/tree/again')?.data === 'v2');
    await subscribed.calls.until((all) => all.includes('created /tree/new/below'));

    expect(calls.items.flat().filter((change) => change.endsWith('/kept'))).toEqual(['created /tree/kept']);
    expect(subscribed.calls.items).toEqual(['deleted /tree/gone', 'created /tree/new', 'created /tree/new/below']);
    expect(audit.violations).toEqual([]);
    const since = watch.checkpoint();
    watch.stop();
    await other.delete('/tree/kept');
    const resumed = recordTree(client, '/tree', { since });
    await resumed.watch.ready;
    expect([resumed.calls.items, resumed.watch.complete]).toEqual([[['deleted /tree/kept']], true]);
  });

  it.each(MISSING)('there is no %s: the server says so, and hangs up', async (name) => {
    await using session = await RawSession.open(server.port);
    expect(await session.requestNumber(OpCode[name], Buffer.alloc(64))).toMatchObject({
      error: ServerCode.UNIMPLEMENTED,
    });
    await session.untilHungUp();
  });
});
