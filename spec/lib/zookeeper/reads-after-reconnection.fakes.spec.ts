import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionLossError } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { outcome, pass } from '../../../testing/passing-time.js';

/** A pause lasts at least half of this, in ms, which is far longer than a reconnection takes. */
const LONG_PAUSE = 600_000;
const STAT = { mzxid: 1n };

async function connected() {
  const fake = makeFakeClient('a:1', { retry: { minDelay: LONG_PAUSE, maxDelay: LONG_PAUSE } });
  fake.network.onConnection = (connection) => connection.open();
  const connecting = fake.client.connect();
  await pass(1);
  await connecting;
  return fake;
}

/** Closes the client, whose server does not answer. */
async function closeUnanswered(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
  expect(vi.getTimerCount()).toBe(0);
}

describe('after a reconnection', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it.each(['getData', 'getChildren', 'exists'] as const)(
    'a failed %s is sent again at once, however long its pause was to be',
    async (name) => {
      const { client, network } = await connected();
      const read = outcome(client[name]('/a', () => {}));
      await pass(1);
      network.last.end('failed');
      await pass(100);
      expect(client.state).toBe('connected');
      expect(network.last.named(name)).toHaveLength(1);
      network.last.named(name)[0]?.answer({ stat: STAT });
      await pass(0);
      expect(read.value).toEqual({ stat: STAT });
      await closeUnanswered(client);
    },
  );

  it('a read that found no server is sent at once, too', async () => {
    const { client, network } = await connected();
    network.onConnection = (connection) => connection.end('failed');
    network.last.end('failed');
    const read = outcome(client.getData('/a'));
    await pass(3_500);
    expect(client.state).toBe('lost');
    network.onConnection = (connection) => connection.open();
    await pass(600);
    expect(client.state).toBe('connected');
    network.last.named('getData')[0]?.answer({ stat: STAT });
    await pass(0);
    expect(read.value).toEqual({ stat: STAT });
    await closeUnanswered(client);
  });

  it('an operation of client.retry() is called again at once', async () => {
    const { client, network } = await connected();
    let calls = 0;
    const operation = async () => {
      calls += 1;
      return client.setData('/a', 'x');
    };
    const write = outcome(client.retry(operation));
    await pass(1);
    network.last.end('failed');
    await pass(100);
    expect(calls).toBe(2);
    network.last.named('setData')[0]?.answer(STAT);
    await pass(0);
    expect(write.value).toEqual(STAT);
    await closeUnanswered(client);
  });

  it('an operation that fails while the client stays connected waits for its whole pause', async () => {
    const { client } = await connected();
    let calls = 0;
    const operation = async () => {
      calls += 1;
      throw new ConnectionLossError('of another client');
    };
    const failed = outcome(client.retry(operation, { maxAttempts: 2, minDelay: 1_000, maxDelay: 1_000 }));
    await pass(499);
    expect(calls).toBe(1);
    await pass(501);
    expect(calls).toBe(2);
    expect(failed.value).toBeInstanceOf(ConnectionLossError);
    await closeUnanswered(client);
  });

  it('an operation gets no more attempts than its policy allows, however often the client reconnects', async () => {
    const { client, network } = await connected();
    const read = outcome(client.retry(() => client.setData('/a', 'x'), { maxAttempts: 3 }));
    await pass(1);
    for (let nth = 1; nth <= 5; nth += 1) {
      network.last.end('failed');
      await pass(1_000);
    }
    const sent = network.connections.items.flatMap((connection) => connection.named('setData'));
    expect(sent).toHaveLength(3);
    expect(read.value).toBeInstanceOf(ConnectionLossError);
    await closeUnanswered(client);
  });
});
