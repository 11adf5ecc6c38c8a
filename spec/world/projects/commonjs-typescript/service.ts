import { DataWatch, ZooKeeperClient } from 'zk-recipes';
import { EmbeddedZooKeeper } from 'zk-recipes/embedded';

async function main(): Promise<void> {
  const server = await EmbeddedZooKeeper.start();
  const client = await new ZooKeeperClient(server.connectString).connect();
  await client.create('/config', 'verbose');
  let config = '';
  const watch = new DataWatch(client, '/config', (data) => {
    config = String(data);
  });
  await watch.ready;
  console.log(`${typeof require === 'function' ? 'CommonJS' : 'a module'} reads ${config}`);
  await client.close();
  await server.close();
}

main();
