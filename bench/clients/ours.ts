import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from '../../index.js';
import { now } from '../clock.js';
import { type Client, SESSION_TIMEOUT } from './client.js';
import { treesOf, withSingleReads } from './trees.js';

/**
 * The watches of this library.
 *
 * @param hasTrees whether trees are watched and read as the server can do it best, or by reads of each znode
 */
export async function ours(
  connectString: string,
  { transport = {}, hasTrees = true }: { transport?: ZooKeeperClientOptions; hasTrees?: boolean } = {},
): Promise<Client> {
  const client = new ZooKeeperClient(connectString, { ...transport, sessionTimeout: SESSION_TIMEOUT });
  let connectedAt: number | null = null;
  client.on('state', (state) => {
    if (state === 'connected') connectedAt = now();
  });
  await client.connect();
  return {
    get connectedAt() {
      return connectedAt;
    },
    session: () => ({ id: String(client.sessionId), password: client.sessionPassword?.toString('base64') ?? '' }),
    watchData: (path, func) => {
      new DataWatch(client, path, func);
    },
    watchChildren: (path, func) => {
      new ChildrenWatch(client, path, func);
    },
    watchTree: treesOf(hasTrees ? client : withSingleReads(client)),
    settle: (path, timeBoundary) => new PatientChildrenWatch(client, path, { timeBoundary }).start(),
  };
}
