import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

const T = 3_000;

describe('a session without a connection', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('tries each server once without a pause, then pauses for growing times of up to half a second', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    const { client, network } = makeFakeClient('a:1,b:1,c:1');
    network.onConnection = (connection) => connection.end('failed');
    client.connect({ timeout: 60_000 }).catch(() => {});
    await pass(20_000);
    const tried = network.connections.items;
    const pauses = tried.slice(1).map(({ openedAt }, nth) => openedAt - (tried[nth] as FakeConnection).openedAt);
    expect([...new Set(tried.slice(0, 3).map(({ server }) => server))].sort()).toEqual(['a:1', 'b:1', 'c:1']);
    expect(Math.max(...pauses.slice(0, 2))).toBeLessThanOrEqual(2);
    expect(pauses[2]).toBeGreaterThanOrEqual(25);
    for (const nth of [3, 4, 5]) expect(pauses[nth]).toBeGreaterThan(pauses[nth - 1] as number);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(502);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(250);
    await client.close();
  });

  it('abandons a server that does not answer, in time to try all others within a third of the session timeout', async () => {
    const { client, network } = makeFakeClient('a:1,b:1,c:1');
    client.connect({ timeout: 60_000 }).catch(() => {});
    await pass(1);
    await pass(T / 3);
    const [first, second, third] = network.connections.items;
    expect([first?.destroyed, second?.destroyed, third?.destroyed]).toEqual([true, true, true]);
    expect(new Set([first?.server, second?.server, third?.server]).size).toBe(3);
    await client.close();
  });

  it('gives what follows the answer to the handshake as much time again: the session is granted by then', async () => {
    const { client, network } = makeFakeClient('a:1');
    const connecting = client.connect({ timeout: 60_000 });
    await pass(1);
    const { last } = network;
    last.reach();
    await pass(0.3 * T);
    last.hear();
    await pass(0.3 * T);
    expect(last.destroyed).toBe(false);
    last.open();
    await pass(1);
    await connecting;
    void client.close();
    await pass(T);
  });

  it('sets no deadline to a connection that is open, when it is told late that the server was reached', async () => {
    const { client, network } = makeFakeClient('a:1,b:1');
    client.connect({ timeout: 60_000 }).catch(() => {});
    await pass(1);
    const { last } = network;
    last.open();
    last.reach();
    for (let passed = 0; passed < T; passed += T / 10) {
      await pass(T / 10);
      last.hear();
    }
    expect([client.state, last.destroyed]).toEqual(['connected', false]);
    void client.close();
    await pass(T);
  });

  it('pings at once when the answer to the handshake was slow: it may be old', async () => {
    for (const part of [0.1, 0.31]) {
      const { client, network } = makeFakeClient('a:1');
      const connecting = client.connect();
      await pass(1);
      network.last.reach();
      await pass(part * T);
      network.last.open();
      expect(network.last.pings.items).toHaveLength(part > 0.3 ? 1 : 0);
      await pass(1);
      await connecting;
      void client.close();
      await pass(T);
    }
  });

  it('gives a server that accepts connections all that is left of the session, and one that does not its share', async () => {
    for (const isAccepted of [true, false]) {
      const { client, network } = makeFakeClient('a:1');
      network.onConnection = (connection) => connection.open();
      client.connect().catch(() => {});
      await pass(1);
      const first = network.last;
      network.onConnection = (connection) => isAccepted && connection.reach();
      first.hear();
      first.end('failed');
      await pass(T * 0.9);
      const attempts = network.connections.items.length - 1;
      if (isAccepted) expect(attempts).toBe(2);
      else expect(attempts).toBeGreaterThan(3);
      if (isAccepted) network.last.open();
      await pass(1);
      expect(client.state).toBe(isAccepted ? 'connected' : 'suspended');
      const closing = client.close();
      await pass(2_100);
      await closing;
    }
  });

  it('gives a slow server more time in each round', async () => {
    const { client, network } = makeFakeClient('a:1');
    client.connect({ timeout: 60_000 }).catch(() => {});
    await pass(20_000);
    const starts = network.connections.items.map(({ openedAt }) => openedAt);
    expect((starts[2] ?? 0) - (starts[1] ?? 0)).toBeGreaterThan(((starts[1] ?? 0) - (starts[0] ?? 0)) * 1.5);
    await client.close();
  });
});
