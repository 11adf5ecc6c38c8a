import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DataWatch, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

test('a service reads its configuration', async (context) => {
  const server = await EmbeddedZooKeeper.start();
  const client = await new ZooKeeperClient(server.connectString).connect();
  context.after(async () => {
    await client.close();
    await server.close();
  });
  await client.create('/config', 'verbose');
  let config = '';
  const watch = new DataWatch(client, '/config', (data) => {
    config = String(data);
  });
  await watch.ready;
  assert.equal(config, 'verbose');
});
