import { describe, expect } from 'vitest';
import type { ClientState } from '../../../../lib/core/coordination-client.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { type Direction, FaultProxy } from '../../../../testing/fault-proxy.js';
import type { Recorder } from '../../../../testing/recorder.js';
import { Stopwatch } from '../../../../testing/stopwatch.js';
import { eventOf } from '../../../support/event-of.js';
import { it, recordStates } from '../../../support/fixtures.js';

/** Long enough that a busy machine meets the bound of two thirds of it. */
const T = 4_000;

/** The time from now until the client has been in the state. */
async function timeUntil(states: Recorder<ClientState>, state: ClientState): Promise<number> {
  using stopwatch = new Stopwatch();
  await states.until((all) => all.includes(state), { describe: state });
  return stopwatch.elapsed;
}

function connectTwo(
  proxies: readonly FaultProxy[],
  chroot: string,
  connect: (options: object) => Promise<ZooKeeperClient>,
): Promise<ZooKeeperClient> {
  const hosts = proxies.map(({ connectString }) => connectString).join(',');
  return connect({ connectString: `${hosts}${chroot}`, sessionTimeout: T });
}

/** The proxy through which the client is connected, and the other one. */
function order(proxies: readonly [FaultProxy, FaultProxy]): [current: FaultProxy, idle: FaultProxy] {
  const [first, second] = proxies;
  return first.connectionCount > 0 ? [first, second] : [second, first];
}

describe.concurrent('a server that falls silent', () => {
  for (const direction of ['both', 'to-server', 'to-client'] as (Direction | 'both')[]) {
    it(`(${direction}) suspends the client within two thirds of the session timeout, and the session continues on another server`, async ({
      port,
      chroot,
      connect,
    }) => {
      await using a = await FaultProxy.listen({ port });
      await using b = await FaultProxy.listen({ port });
      const client = await connectTwo([a, b], chroot, connect);
      const [current] = order([a, b]);
      const states = recordStates(client);
      const { sessionId } = client;
      current.blackHole(direction);
      expect(await timeUntil(states, 'suspended')).toBeLessThan((T * 2) / 3);
      expect(await timeUntil(states, 'connected')).toBeLessThan(T / 3);
      expect(states.items).toEqual(['suspended', 'connected']);
      expect(client.sessionId).toBe(sessionId);
      await client.close();
    });
  }

  it('is noticed although the client only waits for a watch and sends no request', async ({
    port,
    chroot,
    connect,
    other,
  }) => {
    await using a = await FaultProxy.listen({ port });
    await using b = await FaultProxy.listen({ port });
    const client = await connectTwo([a, b], chroot, connect);
    const states = recordStates(client);
    const called = new Promise((resolve) => void client.exists('/a', resolve));
    await client.sync('/');
    order([a, b])[0].blackHole();
    await other.create('/a');
    expect(await called).toEqual(eventOf('NodeCreated', '/a'));
    expect(states.items.at(-1)).toMatch(/suspended|connected/);
    await client.close();
  });
});

describe.concurrent('a session without any server', () => {
  const faults: Record<string, (proxy: FaultProxy) => void> = {
    'refuse and cut': (proxy) => {
      proxy.refuse();
      proxy.cut();
    },
    'are black holes': (proxy) => proxy.blackHole(),
    'accept and do not answer': (proxy) => {
      proxy.acceptSilently();
      proxy.cut();
    },
  };

  for (const [name, fail] of Object.entries(faults)) {
    it(`is lost within about its timeout when servers ${name}, and is never resumed`, async ({
      proxy,
      chroot,
      connect,
    }) => {
      const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: T });
      const states = recordStates(client);
      const oldId = client.sessionId;
      fail(proxy);
      const elapsed = await timeUntil(states, 'lost');
      expect(elapsed).toBeGreaterThan(T * 0.5);
      expect(elapsed).toBeLessThan(T * 1.1);
      expect(states.items).toEqual(['suspended', 'lost']);
      expect(client.sessionId).toBe(null);
      await proxy.pass();
      expect(await timeUntil(states, 'connected')).toBeLessThan(T * 1.5);
      expect(client.sessionId).not.toBe(oldId);
      expect(await client.exists('/')).toMatchObject({ version: 0 });
      await client.close();
    });
  }
});

describe.concurrent('a server that accepts and does not answer', () => {
  it('is abandoned by connect(), and the next one is tried', async ({ port, chroot, makeClient }) => {
    await using silent = await FaultProxy.listen({ port });
    await using good = await FaultProxy.listen({ port });
    silent.acceptSilently();
    // A client starts with a random server: repeats until one has started with the silent server.
    while (silent.accepted === 0) {
      const connectString = `${silent.connectString},${good.connectString}${chroot}`;
      const client = makeClient({ connectString, sessionTimeout: T });
      using stopwatch = new Stopwatch();
      await client.connect();
      expect(stopwatch.elapsed).toBeLessThan(T / 3);
      await client.close();
    }
    expect(good.accepted).toBeGreaterThan(0);
  });

  it('is abandoned after a cut, too, before the session expires', async ({ port, chroot, connect }) => {
    await using a = await FaultProxy.listen({ port });
    await using b = await FaultProxy.listen({ port });
    const client = await connectTwo([a, b], chroot, connect);
    const [current, idle] = order([a, b]);
    const states = recordStates(client);
    const { sessionId } = client;
    idle.acceptSilently();
    current.cut();
    expect(await timeUntil(states, 'connected')).toBeLessThan(T / 2);
    expect(idle.accepted).toBeGreaterThan(0);
    expect(client.sessionId).toBe(sessionId);
    await client.close();
  });
});
