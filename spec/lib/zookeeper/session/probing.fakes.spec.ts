import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

const T = 3_000;

/** The servers of the probes: connections after the first without its last transaction. */
const probed = (connections: readonly FakeConnection[]): string[] =>
  connections
    .slice(1)
    .filter(({ options }) => options.lastZxid === 0n)
    .map(({ server }) => server);

/** A client whose only connection has ended, after a transaction that its servers do not know. */
async function cutOff(connectString: string) {
  const { client, network } = makeFakeClient(connectString);
  const connecting = client.connect();
  await pass(1);
  const first = network.last;
  first.open();
  await connecting;
  first.hear(100n);
  return { client, network, first };
}

describe('a client whose last transaction no server knows', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('asks each server for a new session before it probes one: the last may know the transaction', async () => {
    const { client, network, first } = await cutOff('a:1,b:1,c:1');
    let asked = 0;
    network.onConnection = (connection) => {
      asked += connection.options.session ? 0 : 1;
      if (asked < 3) connection.end('refused');
      else connection.open();
    };
    first.end('failed');
    await pass(2 * T);
    expect([asked, client.epoch, probed(network.connections.items)]).toEqual([3, 0, []]);
    await close(client);
  });

  it('probes the server that has refused it, beside one that cannot be reached', async () => {
    const { client, network, first } = await cutOff('alive:1,dead:1');
    network.onConnection = (connection) => {
      if (connection.server === 'dead:1') connection.end('failed');
      else if (connection.options.lastZxid !== 0n) connection.end('refused');
    };
    first.end('failed');
    await pass(3 * T);
    expect(probed(network.connections.items)).toContain('alive:1');
    await close(client);
  });

  it('waits for a session timeout from the first refusal on, also when no server could be reached before', async () => {
    const { client, network, first } = await cutOff('a:1');
    network.onConnection = (connection) => connection.end('failed');
    first.end('failed');
    await pass(3 * T);
    network.onConnection = (connection) => connection.end('refused');
    await pass(T / 2);
    expect(probed(network.connections.items)).toEqual([]);
    await pass(T);
    expect(probed(network.connections.items)).toContain('a:1');
    await close(client);
  });
});

/** Closes the client, whose server does not answer. */
async function close(client: { close(): Promise<void> }): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
}
