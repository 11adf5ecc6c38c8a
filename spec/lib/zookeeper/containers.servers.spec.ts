import { afterAll, beforeAll, describe, expect } from 'vitest';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/fixtures.js';
import { startServer, type TestServer } from '../../support/test-server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ tickTime: 100, containerCheckInterval: 100 });
});

afterAll(() => server?.stop());

describe('a container', () => {
  it('is deleted after its last child, whether it was created alone or in a transaction', async ({ connect }) => {
    const client = await connect({ connectString: server.connectString });
    await client.create('/plain');
    await client.create('/box', 'data', { mode: 'container' });
    await client.transaction().create('/box-of-transaction', '', { mode: 'container' }).commit();
    expect((await client.getData('/box')).data.toString()).toBe('data');
    const parents = ['/plain', '/box', '/box-of-transaction'];
    for (const parent of parents) {
      await client.create(`${parent}/child`);
      await client.delete(`${parent}/child`);
    }
    await eventually(async () => (await client.exists('/box')) === null, { describe: 'the container is deleted' });
    await eventually(async () => (await client.exists('/box-of-transaction')) === null);
    expect(await client.exists('/plain')).not.toBe(null);
  });
});
