import { afterAll, beforeAll, describe, expect } from 'vitest';
import { ZooKeeperClient } from '../../index.js';
import { eventually } from '../../testing/eventually.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { scaled } from '../../testing/time-factor.js';
import { clientTransport } from '../../testing/transport.js';
import { it } from '../support/fixtures.js';
import { LeftBehind } from '../support/left-behind.js';
import { startServer, type TestServer } from '../support/test-server.js';

const TIMES = 500;
const AT_ONCE = 50;
/** A server has a queue of so many handshakes. */
const CONNECT_WITHIN = scaled(30_000);

let server: TestServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startServer({ tickTime: 50 });
  proxy = await FaultProxy.listen({ port: server.port });
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

function make(left: LeftBehind, sessionTimeout = 10_000): ZooKeeperClient {
  const options = { sessionTimeout, logger: new RecordingLogger(), ...clientTransport() };
  return left.note(new ZooKeeperClient(proxy.connectString, options));
}

/** Opened in batches of this size. */
async function openAndClose(once: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < TIMES; round += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, once));
  }
}

/** Clients that are closed after they have lost their server. */
async function closeWithout(count: number, state: 'suspended' | 'lost', left: LeftBehind): Promise<void> {
  proxy.pass();
  const clients = Array.from({ length: count }, () => make(left, state === 'lost' ? 1_000 : 4_000));
  await Promise.all(clients.map((client) => client.connect({ timeout: CONNECT_WITHIN })));
  proxy.refuse();
  proxy.cut();
  await eventually(() => clients.every((client) => client.state === state), { describe: `all clients ${state}` });
  const pending = clients.map((client) => client.getData('/').catch(({ code }: { code: string }) => code));
  await Promise.all(clients.map((client) => client.close()));
  expect(new Set(await Promise.all(pending))).toEqual(new Set(['CLIENT_CLOSED']));
}

const untilServerHasNone = () =>
  eventually(async () => /zk_global_sessions\t0\b/.test(await server.fourLetterWord('mntr')), {
    describe: 'no session on the server',
  });

describe(`a client, ${TIMES} times`, () => {
  it('closed before it was connected, leaves nothing behind', async () => {
    const left = new LeftBehind();
    await openAndClose(() => make(left).close());
    await left.untilNothing();
  });

  it('closed while it connects, leaves nothing behind', async () => {
    const left = new LeftBehind();
    let round = 0;
    await openAndClose(async () => {
      const client = make(left, 200);
      const connecting = client.connect().catch(() => {});
      // At once, in the middle of the handshake, and near its end.
      for (let turns = 0; turns < round % 4; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      round += 1;
      await client.close();
      await connecting;
    });
    await untilServerHasNone();
    await left.untilNothing();
  });

  it('connected, used and closed, leaves nothing behind', async () => {
    const left = new LeftBehind();
    await openAndClose(async () => {
      const client = await make(left).connect();
      const reads = [client.exists('/', () => {}), client.getData('/'), client.getChildren('/', () => {})];
      await Promise.all(reads);
      await client.close();
      expect(client.listenerCount('state')).toBe(0);
    });
    await untilServerHasNone();
    await left.untilNothing();
  });

  it.for(['suspended', 'lost'] as const)('closed while it is %s, leaves nothing behind', async (state) => {
    const left = new LeftBehind();
    for (let round = 0; round < TIMES; round += 250) await closeWithout(250, state, left);
    proxy.pass();
    await untilServerHasNone();
    await left.untilNothing();
  });
});
