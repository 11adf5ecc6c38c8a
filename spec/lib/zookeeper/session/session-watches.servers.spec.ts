import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { WatchedEvent } from '../../../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { FaultProxy } from '../../../../testing/fault-proxy.js';
import { Recorder } from '../../../../testing/recorder.js';
import { expireSession } from '../../../../testing/session-killer.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

/** In a single request they would exceed jute.maxbuffer, which is 1 MiB. */
const MANY = 30_000;
const paths = Array.from(
  { length: MANY },
  (_, nth) => `/a-znode-with-a-name-of-forty-bytes-${String(nth).padStart(6, '0')}`,
);

/** A server with the watches of this spec only, so that they can be counted. */
let server: TestServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startServer({ tickTime: 100 });
  proxy = await FaultProxy.listen(server);
});

afterAll(async () => {
  await proxy?.close();
  await server?.stop();
});

async function armedWatches(): Promise<number> {
  const answer = await server.fourLetterWord('wchs');
  return Number(/Total watches:(\d+)/.exec(answer)?.[1]);
}

async function cut(client: ZooKeeperClient): Promise<void> {
  const states = recordStates(client);
  proxy.cut();
  await states.until((all) => all.at(-1) === 'connected');
}

async function expire(client: ZooKeeperClient): Promise<void> {
  const states = recordStates(client);
  await expireSession(client, server.port);
  await states.until((all) => all.includes('lost') && all.at(-1) === 'connected');
}

describe('30,000 one-shot watches', () => {
  it('are re-armed after a cut and after a session expiry, and each fires once', { timeout: 120_000 }, async ({
    connect,
  }) => {
    const client = await connect({ connectString: proxy.connectString, sessionTimeout: 10_000 });
    const other = await connect({ connectString: server.connectString, sessionTimeout: 10_000 });
    const events = new Recorder<string>();
    await Promise.all(paths.map((path) => client.exists(path, (event) => events.record(event.path))));
    expect(await armedWatches()).toBe(MANY);

    await cut(client);
    expect(await armedWatches()).toBe(MANY);
    expect(events.items).toEqual([]);
    const [now, later] = [paths.slice(0, MANY / 2), paths.slice(MANY / 2)];
    await Promise.all(now.map((path) => other.create(path)));
    await events.untilCount(now.length);
    await client.sync('/');
    expect([...events.items].sort()).toEqual(now);

    await expire(client);
    expect(await armedWatches()).toBe(later.length);
    await Promise.all(later.map((path) => other.create(path)));
    await events.untilCount(MANY);
    await client.sync('/');
    expect([...events.items].sort()).toEqual(paths);
    expect(await armedWatches()).toBe(0);
    await client.close();
  });
});

describe('a second cut during the re-arming', () => {
  it('loses no change that was made before it', async ({ connect }) => {
    const client = await connect({ connectString: `${proxy.connectString}/twice`, sessionTimeout: 10_000 });
    const other = await connect({ connectString: `${server.connectString}/twice`, sessionTimeout: 10_000 });
    await other.ensurePath('/data');
    await other.create('/children');
    const fillers = paths.slice(0, 10_000).map((path) => `/missing${path}`);
    const events = new Recorder<WatchedEvent>();
    await client.getData('/data', events.record);
    await Promise.all(fillers.map((path) => client.exists(path, () => expect.unreachable())));
    // Watches for children come last, so that this one is in the last portion.
    await client.getChildren('/children', events.record);

    const states = recordStates(client);
    proxy.refuse();
    proxy.cut();
    await states.untilCount(1);
    await other.create('/children/born-while-away');
    const acceptedBefore = proxy.accepted;
    // The first portion of 128 KiB is acknowledged before the second is sent, which is cut in its middle.
    proxy.cutAfter(200_000, 'to-server');
    await proxy.accept();
    await states.until((all) => all.at(-1) === 'connected');
    expect(proxy.accepted - acceptedBefore).toBe(2);
    expect(await events.untilCount(1)).toEqual([eventOf('NodeChildrenChanged', '/children')]);
    await other.setData('/data', 'still watched');
    expect((await events.untilCount(2))[1]).toEqual(eventOf('NodeDataChanged', '/data'));
    await client.close();
  });
});

describe('a watch on the longest accepted path', () => {
  it('does not prevent the client from reconnecting', async ({ connect }) => {
    const client = await connect({ connectString: proxy.connectString, sessionTimeout: 4_000 });
    const events = new Recorder<unknown>();
    let length = 1024 * 1024;
    while (await isTooLong(client.exists(`/${'x'.repeat(length)}`, events.record))) length -= 1;
    expect(length).toBeGreaterThan(1_000_000);
    await cut(client);
    expect(await client.exists('/')).not.toBe(null);
    expect(events.items).toEqual([]);
  });
});

async function isTooLong(call: Promise<unknown>): Promise<boolean> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error instanceof InvalidArgumentError;
}
