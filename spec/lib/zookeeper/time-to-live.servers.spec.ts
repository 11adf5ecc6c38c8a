import { afterAll, beforeAll, describe, expect } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ tickTime: 100, containerCheckInterval: 100, timeToLive: true });
});

afterAll(() => server?.stop());

describe('a znode with a time to live', () => {
  it('is deleted when it has not changed for that long, whether it was created alone or in a transaction', async ({
    connect,
  }) => {
    const client = await connect({ connectString: server.connectString });
    await client.create('/brief', 'data', { ttl: 300 });
    await client.transaction().create('/brief-too', '', { ttl: 300 }).create('/lasting').commit();
    await client.create('/hour', '', { ttl: 3_600_000 });
    expect((await client.getData('/brief')).data.toString()).toBe('data');
    for (const path of ['/brief', '/brief-too']) {
      await eventually(async () => (await client.exists(path)) === null, { describe: `${path} is deleted` });
    }
    expect([await client.exists('/hour'), await client.exists('/lasting')]).not.toContain(null);
  });

  it('is kept while it has children', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.create('/parent', '', { ttl: 200 });
    await client.create('/parent/child', '', { ttl: 600 });
    await eventually(async () => (await client.exists('/parent/child')) === null);
    await eventually(async () => (await client.exists('/parent')) === null);
  });

  it('may be sequential', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    const path = await client.create('/n-', '', { mode: 'persistent-sequential', ttl: 3_600_000, makePath: true });
    expect(path).toMatch(/^\/n-\d{10}$/);
  });

  it('cannot be ephemeral or a container, nor have a time that is none', async ({ client }) => {
    for (const mode of ['ephemeral', 'ephemeral-sequential', 'container'] as const) {
      await expect(client.create('/a', '', { mode, ttl: 1_000 })).rejects.toThrow(/ttl must be left out for the mode/);
      expect(() => client.transaction().create('/a', '', { mode, ttl: 1_000 })).toThrow(/ttl must be left out/);
    }
    for (const ttl of [0, -1, 1.5, 2 ** 40, Number.NaN, '1000', 1_000n]) {
      const creating = client.create('/a', '', { ttl: ttl as number });
      await expect(creating).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(await client.exists('/a')).toBe(null);
  });
});
