/** The other side of the journeys, in a process of its own: an embedded server, and a client that changes a znode. */
import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';

const server = await EmbeddedZooKeeper.start();
const client = await new ZooKeeperClient(server.connectString).connect();
await client.create('/journey', 'before');
process.on('message', (data: string) => void client.setData('/journey', data));
process.on('disconnect', () => process.exit());
process.send?.(server.connectString);
