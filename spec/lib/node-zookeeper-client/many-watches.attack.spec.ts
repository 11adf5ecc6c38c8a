import { type Client, createClient } from 'node-zookeeper-client';
import { describe, expect, it } from 'vitest';
import { DataWatch, ZooKeeperClient } from '../../../index.js';
import { fromNodeZooKeeperClient } from '../../../lib/node-zookeeper-client/index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { endSession } from '../../../testing/session-killer.js';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import { statesOf } from '../../support/adapter-fixtures.js';

// Their paths in one SetWatches would have more than jute.maxbuffer.
const PATHS = Array.from(
  { length: 10_000 },
  (_, index) => `/a-path-of-${'a-hundred-and-five-'.repeat(5)}bytes-${index}`,
);
const SAMPLE = PATHS.filter((_, index) => index % 1_000 === 0);

describe('10,000 watches on a function that makes clients of node-zookeeper-client', () => {
  it('all get the last value after a cut, and after an expiry', async () => {
    await using server = await ZooKeeperServer.start();
    await using proxy = await FaultProxy.listen({ port: server.port });
    await using other = await new ZooKeeperClient(server.connectString).connect();
    let client: Client | undefined;
    await using adapter = fromNodeZooKeeperClient(
      () => {
        client = createClient(proxy.connectString, { sessionTimeout: 20_000, spinDelay: 50 });
        return client;
      },
      { logger: new RecordingLogger() },
    );
    const states = statesOf(adapter);
    await states.until((seen) => seen.includes('connected'));
    const values = new Recorder<string>();
    const watches = PATHS.map((path) => new DataWatch(adapter, path, (data) => values.record(`${path} ${data}`)));
    await Promise.all(watches.map((watch) => watch.ready));
    expect(values.items).toHaveLength(PATHS.length);
    const nextResync = () =>
      Promise.all(watches.map((watch) => new Promise<void>((resolve) => watch.once('resynced', () => resolve()))));
    const seenSince = (count: number) => values.items.slice(count).sort();

    const afterCut = nextResync();
    proxy.cut();
    await afterCut;
    expect(states.items).toEqual(['connecting', 'connected', 'suspended', 'connected']);
    await Promise.all(SAMPLE.map((path) => other.create(path, 'created')));
    await values.untilCount(PATHS.length + SAMPLE.length);

    const afterExpiry = nextResync();
    if (!client) throw new Error('the adapter has made no client');
    const session = { id: client.getSessionId().readBigInt64BE(), password: client.getSessionPassword() };
    await endSession(session, client.getSessionTimeout(), { host: '127.0.0.1', port: server.port });
    await afterExpiry;
    await Promise.all(SAMPLE.map((path) => other.setData(path, 'set')));
    await values.untilCount(PATHS.length + 2 * SAMPLE.length);

    // The client may take its session back once before it has ended.
    expect(states.items.slice(-2)).toEqual(['lost', 'connected']);
    expect(states.items.filter((state) => state === 'lost' || state === 'closed')).toEqual(['lost']);
    expect(seenSince(PATHS.length)).toEqual(SAMPLE.flatMap((path) => [`${path} created`, `${path} set`]).sort());
    expect(watches.filter(({ stopped }) => stopped)).toEqual([]);
  }, 120_000);
});

describe('10,000 watches on an object of node-zookeeper-client', () => {
  it('all get the last value after a cut', async () => {
    await using server = await ZooKeeperServer.start();
    await using proxy = await FaultProxy.listen({ port: server.port });
    await using other = await new ZooKeeperClient(server.connectString).connect();
    const client = createClient(proxy.connectString, { sessionTimeout: 20_000, spinDelay: 50 });
    await using adapter = fromNodeZooKeeperClient(client, { logger: new RecordingLogger() });
    const states = statesOf(adapter);
    client.connect();
    await states.until((seen) => seen.includes('connected'));
    const values = new Recorder<string>();
    const watches = PATHS.map(
      (path) => new DataWatch(adapter, path, (data) => data && values.record(`${path} ${data}`)),
    );
    await Promise.all(watches.map((watch) => watch.ready));
    const resynced = watches.map((watch) => new Promise<void>((resolve) => watch.once('resynced', () => resolve())));
    proxy.cut();
    await Promise.all(resynced);
    await Promise.all(SAMPLE.map((path) => other.create(path, 'new')));
    const seen = await values.untilCount(SAMPLE.length);
    expect([...seen].sort()).toEqual(SAMPLE.map((path) => `${path} new`).sort());
    client.close();
  }, 120_000);
});
