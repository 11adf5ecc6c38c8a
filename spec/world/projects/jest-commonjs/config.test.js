const { DataWatch, ZooKeeperClient } = require('zk-recipes');
const { EmbeddedZooKeeper } = require('zk-recipes/embedded');

test('a service reads its configuration', async () => {
  const server = await EmbeddedZooKeeper.start();
  const client = await new ZooKeeperClient(server.connectString).connect();
  await client.create('/config', 'verbose');
  let config = '';
  const watch = new DataWatch(client, '/config', (data) => {
    config = String(data);
  });
  await watch.ready;
  expect(config).toBe('verbose');
  await client.close();
  await server.close();
});
