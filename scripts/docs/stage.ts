import { ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';

/** The server that the documents connect to. */
export const DOCUMENTED_SERVER = '127.0.0.1:2181';

/** The znodes that the documents take for granted. */
const GIVEN: Readonly<Record<string, string>> = {
  '/config': 'on',
  '/leader': 'me',
  '/workers/w1': '',
  '/my-service/workers/w1': '',
  '/my/favorite': 'a value',
  '/my/favorite/node/child': '',
  '/some/path/child': '',
};

/** The version of `/leader` that the documents take for granted. */
const LEADER_VERSION = 3;

/** A server of its own for one program, with what the documents take for granted. */
export async function openStage(): Promise<EmbeddedZooKeeper> {
  const server = await EmbeddedZooKeeper.start();
  await using client = await new ZooKeeperClient(server.connectString).connect();
  for (const [path, data] of Object.entries(GIVEN)) await client.create(path, data, { makePath: true });
  for (let version = 0; version < LEADER_VERSION; version += 1) await client.setData('/leader', 'me', version);
  return server;
}
