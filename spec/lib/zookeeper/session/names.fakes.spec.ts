import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectTimeoutError } from '../../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { RESOLVER } from '../../../../lib/zookeeper/options.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { FakeLookup } from '../../../../testing/fake-lookup.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { recordStates } from '../../../support/fixtures.js';

const T = 3_000;

function setUp(connectString: string) {
  const lookup = new FakeLookup();
  return { lookup, ...makeFakeClient(connectString, { [RESOLVER]: lookup.resolver } as object) };
}

/** A client that is connected by one name, which stood for these addresses. */
async function connected(...addresses: readonly string[]) {
  const fake = setUp('zk:1');
  const connecting = fake.client.connect();
  await pass(1);
  fake.lookup.answer('zk', ...addresses);
  await pass(1);
  fake.network.last.open();
  await connecting;
  await pass(1_500);
  return { ...fake, first: fake.network.last, states: recordStates(fake.client) };
}

const addressOf = ({ options }: FakeConnection): string | undefined => options.server.address;

async function closeUnanswered(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
  expect(vi.getTimerCount()).toBe(0);
}

describe('a name in the connect string', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is resolved to all of its addresses, and each is tried', async () => {
    const { client, network, lookup } = setUp('zk:1');
    network.onConnection = (connection) => {
      if (addressOf(connection) === '10.0.0.3') connection.open();
      else connection.end('failed');
    };
    const connecting = client.connect();
    await pass(1);
    lookup.answer('zk', '10.0.0.1', '10.0.0.2', '10.0.0.3');
    await pass(1);
    await connecting;
    expect(network.connections.items.length).toBeLessThanOrEqual(3);
    expect(network.last.options.server).toEqual({ host: 'zk', port: 1, address: '10.0.0.3' });
    await closeUnanswered(client);
  });

  it('is not looked up any more when the client is closed before its turn', async () => {
    const { client, lookup } = setUp('one:1,two:1');
    client.connect().catch(() => {});
    await pass(1);
    const [first = ''] = lookup.pending;
    await client.close();
    lookup.answer(first, '10.0.0.1');
    expect([lookup.names, lookup.pending]).toEqual([[first], []]);
  });

  it('gives its addresses in a random order', async () => {
    const firsts = new Set<string | undefined>();
    for (let nth = 0; nth < 60; nth += 1) {
      const { client, network, lookup } = setUp('zk:1');
      client.connect().catch(() => {});
      await pass(1);
      lookup.answer('zk', '10.0.0.1', '10.0.0.2', '10.0.0.3');
      await pass(1);
      firsts.add(addressOf(network.last));
      await client.close();
    }
    expect(firsts.size).toBe(3);
  });

  it('may cost a third of the session timeout for an address that is silent', async () => {
    const { client, network, lookup } = setUp('zk:1');
    let tried = 0;
    network.onConnection = (connection) => {
      tried += 1;
      if (tried === 3) connection.open();
    };
    const connecting = client.connect();
    await pass(1);
    lookup.answer('zk', '10.0.0.1', '10.0.0.2', '10.0.0.3');
    await pass(T / 3);
    await connecting;
    await closeUnanswered(client);
  });

  it('is looked up again in each round, and new addresses are tried at once', async () => {
    const { client, network, lookup, first } = await connected('10.0.0.1');
    network.onConnection = (connection) => {
      if (addressOf(connection) === '10.0.0.9') connection.open();
      else connection.end('failed');
    };
    first.end('failed');
    await pass(1);
    expect(lookup.pending).toEqual(['zk']);
    lookup.answer('zk', '10.0.0.9');
    await pass(60);
    expect([client.state, addressOf(network.last)]).toEqual(['connected', '10.0.0.9']);
    await closeUnanswered(client);
  });

  it('is never looked up twice at a time, and its last addresses are used while there is no answer', async () => {
    const { client, network, lookup, first, states } = await connected('10.0.0.1', '10.0.0.2');
    network.onConnection = (connection) => connection.end('failed');
    first.hear();
    first.end('failed');
    await pass(T - 1_000);
    expect(new Set(network.connections.items.slice(1).map(addressOf))).toEqual(new Set(['10.0.0.1', '10.0.0.2']));
    network.onConnection = (connection) => connection.open();
    await pass(600);
    expect(client.state).toBe('connected');
    expect(lookup.mostAtOnce).toBe(1);
    expect(lookup.names).toEqual(['zk', 'zk']);
    expect(states.items).toEqual(['suspended', 'connected']);
    await closeUnanswered(client);
  });

  it('keeps the addresses that it had when it cannot be resolved any more', async () => {
    const { client, network, lookup, first } = await connected('10.0.0.1');
    lookup.onLookup = () => queueMicrotask(() => lookup.fail('zk', 'EAI_AGAIN'));
    let attempts = 0;
    network.onConnection = (connection) => {
      attempts += 1;
      if (attempts === 4) connection.open();
      else connection.end('failed');
    };
    first.end('failed');
    await pass(1_000);
    expect([client.state, addressOf(network.last)]).toEqual(['connected', '10.0.0.1']);
    await closeUnanswered(client);
  });

  it('that is never resolved lets connect() time out with that reason, and close() leave nothing', async () => {
    const { client, network, lookup } = setUp('slow.example:1');
    const failed = outcome(client.connect({ timeout: 500 }));
    await pass(501);
    expect(failed.value).toBeInstanceOf(ConnectTimeoutError);
    expect((failed.value as Error).message).toContain('resolving slow.example…');
    expect(client.state).toBe('latent');
    expect(vi.getTimerCount()).toBe(0);

    const again = outcome(client.connect({ timeout: 30_000 }));
    await pass(20_000);
    expect(lookup.names).toEqual(['slow.example']);
    expect(network.connections.items).toEqual([]);
    await client.close();
    expect(vi.getTimerCount()).toBe(0);
    expect((again.value as Error).name).toBe('ClientClosedError');
    lookup.answer('slow.example', '10.0.0.1');
    await pass(1_000);
    expect(network.connections.items).toEqual([]);
  });

  it('that was asked for by an earlier connect() connects the next one with the answer', async () => {
    const { client, network, lookup } = setUp('slow.example:1');
    client.connect({ timeout: 500 }).catch(() => {});
    await pass(5_000);
    const connecting = client.connect();
    await pass(10);
    lookup.answer('slow.example', '10.0.0.1');
    await pass(1);
    network.last.open();
    await connecting;
    expect(lookup.names).toEqual(['slow.example']);
    await closeUnanswered(client);
  });

  it('that does not exist is a failed attempt, and is tried again after growing pauses', async () => {
    const { client, network, lookup } = setUp('no-such:1');
    lookup.onLookup = (name) => queueMicrotask(() => lookup.fail(name));
    const failed = outcome(client.connect({ timeout: 5_000 }));
    await pass(5_001);
    expect((failed.value as Error).message).toContain('no-such:1: getaddrinfo ENOTFOUND no-such');
    expect(network.connections.items).toEqual([]);
    expect(lookup.names.length).toBeGreaterThan(8);
    expect(lookup.names.length).toBeLessThan(30);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that never resolves, or does not exist, does not keep another one from being used', async () => {
    for (const name of ['stuck', 'no-such']) {
      const { client, network, lookup } = setUp(`${name}:1,10.0.0.5:1`);
      lookup.onLookup = () => name === 'no-such' && queueMicrotask(() => lookup.fail(name));
      network.onConnection = (connection) => connection.open();
      const connecting = client.connect();
      await pass(100);
      await connecting;
      expect(addressOf(network.last)).toBe('10.0.0.5');
      await closeUnanswered(client);
    }
  });

  it('that never resolves does not keep another name from being used', async () => {
    const { client, network, lookup } = setUp('stuck:1,zk:1');
    lookup.onLookup = (name) => name === 'zk' && queueMicrotask(() => lookup.answer('zk', '10.0.0.1'));
    network.onConnection = (connection) => connection.open();
    const connecting = client.connect();
    await pass(7_000);
    await connecting;
    await closeUnanswered(client);
  });

  it('stands in messages together with the address', async () => {
    const { client, network, lookup } = setUp('zk:1,10.0.0.9:1');
    network.onConnection = (connection) => connection.end('failed', 'out of order');
    const failed = outcome(client.connect({ timeout: 400 }));
    await pass(1);
    lookup.answer('zk', '10.0.0.1');
    await pass(400);
    const lines = (failed.value as Error).message;
    expect(lines).toMatch(/last attempt: (zk:1 \(10\.0\.0\.1\)|10\.0\.0\.9:1): out of order/);
  });

  it('needs no look-up when it is an address, or localhost', async () => {
    const { client, network, lookup } = setUp('10.0.0.1:1,[::2]:1,localhost:1');
    network.onConnection = (connection) => connection.end('failed');
    client.connect({ timeout: 1_000 }).catch(() => {});
    await pass(1_001);
    expect(lookup.names).toEqual([]);
    const tried = new Set(network.connections.items.map(addressOf));
    expect([...tried].sort()).toEqual(['10.0.0.1', '127.0.0.1', '::1', '::2']);
  });

  it('that stands for the same address as another one is tried once a round', async () => {
    const { client, network, lookup } = setUp('zk:1,alias:1,10.0.0.1:1');
    lookup.onLookup = (name) => queueMicrotask(() => lookup.answer(name, '10.0.0.1'));
    let attempts = 0;
    network.onConnection = (connection) => {
      attempts += 1;
      connection.end('failed');
    };
    client.connect({ timeout: 20 }).catch(() => {});
    await pass(20);
    expect(attempts).toBe(1);
  });
});
