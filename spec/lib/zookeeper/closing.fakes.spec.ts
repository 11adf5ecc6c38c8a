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
});
