import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ChildrenWatch, DataWatch, PatientChildrenWatch, type Watcher, ZooKeeperClient } from '../../../../index.js';
import { eventually } from '../../../../testing/eventually.js';
import { Recorder } from '../../../../testing/recorder.js';
import { clientTransport } from '../../../../testing/transport.js';
import { it, recordStates } from '../../../support/fixtures.js';
import { startServer, type TestServer } from '../../../support/test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ tickTime: 100 });
  await using client = await new ZooKeeperClient(server.connectString, clientTransport()).connect();
  await client.create('/node', '0');
});
afterAll(() => server.stop());

/** Counts the watches of the server, of all types. */
async function watchCount(): Promise<number> {
  const [, count] = /zk_watch_count\t(\d+)/.exec(await server.fourLetterWord('mntr')) ?? [];
  return Number(count);
}

const untilCount = (count: number) =>
  eventually(async () => (await watchCount()) === count, { describe: `${count} watches on the server` });

const ARMING_READS: Readonly<Record<string, (client: ZooKeeperClient, watcher: Watcher) => Promise<unknown>>> = {
  getData: (client, watcher) => client.getData('/node', watcher),
  exists: (client, watcher) => client.exists('/node', watcher),
  getChildren: (client, watcher) => client.getChildren('/node', watcher),
};

describe('the server watch', () => {
  it.for(Object.entries(ARMING_READS))(
    'of %s is removed with the last watcher of the path',
    async ([, arm], { connect }) => {
      const client = await connect({ connectString: server.connectString });
      const [first, second] = [() => {}, () => {}];
      await arm(client, first);
      await arm(client, second);
      expect(await watchCount()).toBe(1);
      client.removeWatcher('/node', first);
      await client.sync('/');
      expect(await watchCount()).toBe(1);
      client.removeWatcher('/node', second);
      await untilCount(0);
    },
  );

  it('of a missing znode is removed, too', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const watcher = () => {};
    await client.exists('/missing', watcher);
    client.removeWatcher('/missing', watcher);
    await untilCount(0);
  });

  it('is kept while a watcher of another call needs it', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const events = new Recorder<string>();
    const removed = () => events.record('removed');
    await client.exists('/node', removed);
    await client.getData('/node', ({ type }) => events.record(type));
    client.removeWatcher('/node', removed);
    await client.setData('/node', 'x');
    await events.untilCount(1);
    expect(events.items).toEqual(['NodeDataChanged']);
  });

  it('for the data is removed, and the one for the children is kept', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const events = new Recorder<string>();
    const removed = () => {};
    await client.getData('/node', removed);
    await client.getChildren('/node', ({ type }) => events.record(type));
    client.removeWatcher('/node', removed);
    await untilCount(1);
    await client.create('/node/child');
    await events.untilCount(1);
    await client.delete('/node/child');
  });

  it('is armed for a read that is sent before or after the removal of another watcher', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    for (let round = 0; round < 200; round += 1) {
      const events = new Recorder<string>();
      const removed = () => {};
      const kept = () => events.record('kept');
      await client.getData('/node', removed);
      const isBefore = round % 2 === 0;
      const before = isBefore ? client.getData('/node', kept) : null;
      client.removeWatcher('/node', removed);
      await (before ?? client.getData('/node', kept));
      await client.setData('/node', String(round));
      await events.untilCount(1);
    }
    await untilCount(0);
  });

  it('is removed when its last watcher was removed during a read that fails', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const removed = () => {};
    await client.exists('/missing', removed);
    const failing = client.getData('/missing', () => {});
    client.removeWatcher('/missing', removed);
    await expect(failing).rejects.toMatchObject({ code: 'NO_NODE' });
    await untilCount(0);
  });

  it('is removed with the last watch of a recipe', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const watches = [
      new DataWatch(client, '/node', () => {}),
      new DataWatch(client, '/node', () => {}),
      new ChildrenWatch(client, '/node', () => {}),
      new DataWatch(client, '/missing', () => {}),
      new ChildrenWatch(client, '/missing', () => {}, { waitForNode: true }),
    ];
    await Promise.all(watches.map((watch) => watch.ready));
    await untilCount(3);
    for (const watch of watches) watch.stop();
    await untilCount(0);
  });

  it('is removed with a PatientChildrenWatch that is aborted', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const abort = new AbortController();
    const { changed } = await new PatientChildrenWatch(client, '/node', { timeBoundary: 20 }).start({
      signal: abort.signal,
    });
    await untilCount(1);
    abort.abort();
    await expect(changed).rejects.toThrow();
    await untilCount(0);
  });

  it('is not re-armed when its watcher was removed without a connection', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const states = recordStates(client);
    const removed = () => {};
    await client.getData('/node', removed);
    await server.dropConnections();
    await states.until((seen) => seen.includes('suspended'));
    client.removeWatcher('/node', removed);
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(await watchCount()).toBe(0);
  });
});
