import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';

/** The server that the documents' programs connect to. */
export const DOCUMENTED_SERVER = '127.0.0.1:2181';

/** The znodes that the documents' programs expect. */
const GIVEN: Readonly<Record<string, string>> = {
  '/config': 'on',
  '/leader': 'me',
  '/workers/w1': '',
  '/my-service/workers/w1': '',
  '/my/favorite': 'a value',
  '/my/favorite/node/child': '',
  '/some/path/child': '',
};

/** The version of `/leader` that the documents' programs expect. */
const LEADER_VERSION = 3;

/** Starts a server for one program, with the znodes that it expects. */
export async function startDocumentedServer(): Promise<EmbeddedZooKeeper> {
  const server = await EmbeddedZooKeeper.start();
  await using client = await new ZooKeeperClient(server.connectString).connect();
  for (const [path, data] of Object.entries(GIVEN)) await client.create(path, data, { makePath: true });
  for (let version = 0; version < LEADER_VERSION; version += 1) await client.setData('/leader', 'me', version);
  return server;
}
