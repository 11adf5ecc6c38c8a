import { version } from 'vite';
import { expect, test, vi } from 'vitest';
import { DataWatch, dataWatch, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

test('vitest compiles with vite 8', () => {
  expect(version).toMatch(/^8\./);
});

test('a service follows its configuration over a session expiry', async () => {
  const server = await EmbeddedZooKeeper.start();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const client = await new ZooKeeperClient(server.connectString, { logger }).connect();
  await client.create('/config', 'verbose');
  const func = vi.fn();
  await new DataWatch(client, '/config', func).ready;
  // vite 8 does not lower decorators: the call needs none.
  const called = dataWatch(client, '/config')((data) => String(data));
  await called.ready;
  if (client.sessionId !== null) server.expireSession(client.sessionId);
  await client.retry(() => client.setData('/config', 'quiet'));
  await vi.waitFor(() => expect(String(func.mock.lastCall?.[0])).toBe('quiet'));
  await client.close();
  await server.close();
  expect(called.stopped).toBe(true);
});
