import { afterAll, beforeAll, describe, expect } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { it } from '../../support/fixtures.js';
import { ZooKeeperServer } from '../../support/zookeeper-server.js';

let server: ZooKeeperServer;

beforeAll(async () => {
  const before = process.env.JAVA_TOOL_OPTIONS;
  // Looks for empty containers at every tenth of a second instead of every minute.
  process.env.JAVA_TOOL_OPTIONS = `${before ?? ''} -Dznode.container.checkIntervalMs=100`;
  try {
    server = await ZooKeeperServer.start({ tickTime: 100 });
  } finally {
    if (before === undefined) delete process.env.JAVA_TOOL_OPTIONS;
    else process.env.JAVA_TOOL_OPTIONS = before;
  }
});

afterAll(() => server?.stop());

describe('a container', () => {
  it('goes when its last child does, made alone or in a transaction', async ({ connect }) => {
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
    await eventually(async () => (await client.exists('/box')) === null, { describe: 'the container gone' });
    await eventually(async () => (await client.exists('/box-of-transaction')) === null);
    expect(await client.exists('/plain')).not.toBe(null);
  });
});
