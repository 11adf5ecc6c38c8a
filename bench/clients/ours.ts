import {
  ChildrenWatch,
  DataWatch,
  PatientChildrenWatch,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
} from '../../index.js';
import { now } from '../clock.js';
import { type Client, SESSION_TIMEOUT } from './client.js';

/** The watches of this library. */
export async function ours(connectString: string, transport: ZooKeeperClientOptions = {}): Promise<Client> {
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
    settle: (path, timeBoundary) => new PatientChildrenWatch(client, path, { timeBoundary }).start(),
  };
}
