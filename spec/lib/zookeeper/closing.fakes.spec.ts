import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFakeClient } from '../../../testing/fake-connector.js';
import { outcome, pass } from '../../../testing/passing-time.js';

const T = 500;

describe('a client that is closed while its server answers only pings', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('settles what is in flight within 3 T, also where close() would wait for longer', async () => {
    const { client, network } = makeFakeClient('a:1', { sessionTimeout: T });
    network.onConnection = (connection) => connection.open();
    const connecting = client.connect();
    await pass(1);
    await connecting;
    const write = outcome(client.setData('/a', 'x').catch((error: unknown) => error));
    await pass(T / 10);
    const closing = outcome(client.close().then(() => 'closed'));
    for (let passed = T / 10; passed < 2 * T; passed += T / 10) {
      await pass(T / 10);
      network.last.hear();
    }
    expect(write.value).toMatchObject({ name: 'ConnectionLossError' });
    await pass(2_000);
    expect(closing.value).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends its log with that it is closed, after the lines that were held back', async () => {
    const { client, network, logger } = makeFakeClient('a:1', { sessionTimeout: 10_000 });
    network.onConnection = (connection) => connection.open();
    const connecting = client.connect();
    await pass(1);
    await connecting;
    for (let cut = 0; cut < 6; cut += 1) {
      network.last.end('failed');
      while (client.state !== 'connected') await pass(100);
    }
    const closing = client.close();
    network.last.end('failed');
    await pass(2_000);
    await closing;
    expect(logger.messages('info').slice(-2)).toEqual([
      expect.stringMatching(/\(6 times in \d+ s\)$/),
      expect.stringMatching(/^closed in session /),
    ]);
  });
});
