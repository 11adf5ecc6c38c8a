import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ChildrenWatch, type ClientState, DataWatch, PatientChildrenWatch, ZooKeeperClient } from '../../index.js';
import { eventually } from '../../testing/eventually.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { clientTransport } from '../../testing/transport.js';
import { it, recordStates } from '../support/fixtures.js';
import { LeftBehind } from '../support/left-behind.js';
import { startServer, type TestServer } from '../support/test-server.js';

const TIMES = 1_000;

interface Watch {
  readonly ready: Promise<void>;
  stop(): void;
}

/** Makes watches one by one; `func` must become garbage. */
const KINDS: Readonly<Record<string, (client: ZooKeeperClient, path: string, func: () => unknown) => Watch>> = {
  DataWatch: (client, path, func) => new DataWatch(client, path, func),
  ChildrenWatch: (client, path, func) => new ChildrenWatch(client, path, func),
  'ChildrenWatch that waits': (client, path, func) => new ChildrenWatch(client, path, func, { waitForNode: true }),
  PatientChildrenWatch: (client, path) => {
    const abort = new AbortController();
    const start = new PatientChildrenWatch(client, path, { timeBoundary: 5 }).start({ signal: abort.signal });
    start.then(({ changed }) => changed).catch(() => {});
    const ready = start.then(() => {});
    ready.catch(() => {});
    return { ready, stop: () => abort.abort() };
  },
};

let server: TestServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startServer({ tickTime: 100 });
  proxy = await FaultProxy.listen({ port: server.port });
  await using client = await new ZooKeeperClient(server.connectString, clientTransport()).connect();
  await client.create('/node', '0');
  for (let index = 0; index < 10; index += 1) await client.create(`/node/${index}`, '0');
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** Every path is watched by many. */
const pathOf = (index: number) => `/node/${index % 10}`;

async function watchesOnServer(): Promise<string> {
  const mntr = await server.fourLetterWord('mntr');
  return `${/zk_watch_count\t\d+/.exec(mntr)?.[0]} ${(await server.fourLetterWord('wchp')).trim()}`;
}

const untilServerHasNone = () =>
  eventually(async () => (await watchesOnServer()) === 'zk_watch_count\t0 ', { describe: 'no watch on the server' });

/** The tables that a living client must have emptied; it would arm their watches on its next connection. */
async function expectNothingKept(client: ZooKeeperClient, left: LeftBehind): Promise<void> {
  expect(client.listenerCount('state')).toBe(0);
  // A read that was sent before its watch was stopped may arm it yet, and is sent again after a cut.
  await client.sync('/');
  await untilServerHasNone();
  const states = recordStates(client);
  await server.dropConnections();
  await states.until((seen) => seen.at(-1) === 'connected');
  client.removeAllListeners();
  expect(await watchesOnServer()).toBe('zk_watch_count\t0 ');
  await left.untilNothing();
}

type Make = (typeof KINDS)[string];

/** A separate function, as below: its locals become garbage when it returns. */
async function callAndStop(make: Make, client: ZooKeeperClient, left: LeftBehind): Promise<void> {
  const watches = Array.from({ length: 100 }, (_, index) =>
    make(
      client,
      pathOf(index),
      left.note(() => {}),
    ),
  );
  await Promise.all(watches.map(({ ready }) => ready));
  for (const watch of watches) watch.stop();
}

async function stopEarly(make: Make, client: ZooKeeperClient, left: LeftBehind, index: number): Promise<void> {
  const watch = make(
    client,
    pathOf(index),
    left.note(() => {}),
  );
  watch.ready.catch(() => {});
  // Some at once, some while the read is in flight, some after the answer.
  if (index % 3 > 0) await Promise.resolve();
  if (index % 3 > 1 && client.state === 'connected') await client.sync('/');
  watch.stop();
}

async function stopInDisorder(make: Make, client: ZooKeeperClient, left: LeftBehind): Promise<void> {
  const live: Watch[] = [];
  for (let index = 0; index < TIMES; index += 1) {
    const watch = make(
      client,
      '/node',
      left.note(() => {}),
    );
    watch.ready.catch(() => {});
    live.push(watch);
    if (index % 50 === 0) await client.setData('/node', String(index));
    // A third of them meanwhile, each time another one.
    if (index % 3 === 0) live.splice((index * 7) % live.length, 1)[0]?.stop();
  }
  for (const watch of live.splice(0).reverse()) watch.stop();
}

async function closeUnder(make: Make, client: ZooKeeperClient, left: LeftBehind, isReading: boolean): Promise<void> {
  for (let index = 0; index < TIMES / 10; index += 1) {
    make(
      client,
      pathOf(index),
      left.note(() => {}),
    ).ready.catch(() => {});
  }
  if (isReading) await client.sync('/');
  await client.close();
  expect(client.listenerCount('state')).toBe(0);
}

describe.each(Object.entries(KINDS))(`a %s, ${TIMES} times`, (_, make) => {
  it('made, called and stopped, leaves nothing behind', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.sync('/');
    const left = new LeftBehind();
    for (let round = 0; round < TIMES; round += 100) await callAndStop(make, client, left);
    await expectNothingKept(client, left);
  });

  it('stopped before it was called, leaves nothing behind', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.sync('/');
    const left = new LeftBehind();
    for (let index = 0; index < TIMES; index += 1) await stopEarly(make, client, left, index);
    await expectNothingKept(client, left);
  });

  it('made in one order and stopped in another, one path for all, leaves nothing behind', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.sync('/');
    const left = new LeftBehind();
    await stopInDisorder(make, client, left);
    await expectNothingKept(client, left);
  });

  it.for<ClientState>(['latent', 'connecting', 'suspended', 'lost'])(
    'made and stopped while the client is %s, leaves nothing behind',
    async (state, { makeClient }) => {
      const client = makeClient({
        connectString: proxy.connectString,
        sessionTimeout: state === 'lost' ? 400 : 10_000,
        logger: new RecordingLogger(),
      });
      proxy.pass();
      if (state === 'suspended' || state === 'lost') await disconnect(client, state);
      const connecting = state === 'connecting' ? client.connect() : null;
      expect(client.state).toBe(state);
      const left = new LeftBehind();
      for (let index = 0; index < TIMES; index += 1) await stopEarly(make, client, left, index);
      proxy.pass();
      await (connecting ?? client.connect());
      expect(client.listenerCount('state')).toBe(0);
      await untilServerHasNone();
      await client.close();
      await left.untilNothing();
    },
  );

  it('made on a client that is closed, leaves nothing behind', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.close();
    const left = new LeftBehind();
    for (let index = 0; index < TIMES; index += 1) await stopEarly(make, client, left, index);
    expect(client.listenerCount('state')).toBe(0);
    await untilServerHasNone();
    await left.untilNothing();
  });

  it('that lives when the client closes, leaves nothing behind', async ({ connect }) => {
    const left = new LeftBehind();
    for (let round = 0; round < 10; round += 1) {
      await closeUnder(make, await connect({ connectString: server.connectString }), left, round % 2 > 0);
    }
    await untilServerHasNone();
    await left.untilNothing();
  });
});

async function disconnect(client: ZooKeeperClient, until: ClientState): Promise<void> {
  await client.connect();
  const states = recordStates(client);
  proxy.refuse();
  proxy.cut();
  await states.until((seen) => seen.includes(until));
  client.removeAllListeners();
}
