import { once } from 'node:events';
import zookeeper from 'node-zookeeper-client';
import { type Client, SESSION_TIMEOUT } from './client.js';

/**
 * A loop as written by hand: a read whose watcher reads again. A node-zookeeper-client ends with its session, so an
 * expiry makes a new client and repeats all reads.
 */
export async function byHand(connectString: string): Promise<Client> {
  const reads: (() => void)[] = [];
  let client = await connect();

  async function connect(): Promise<zookeeper.Client> {
    const next = zookeeper.createClient(connectString, { sessionTimeout: SESSION_TIMEOUT });
    next.once('expired', async () => {
      client = await connect();
      for (const read of reads) read();
    });
    const connected = once(next, 'connected');
    next.connect();
    await connected;
    return next;
  }

  function repeat(read: () => void): void {
    reads.push(read);
    read();
  }

  return {
    connectedAt: null,
    session: () => ({
      id: String(client.getSessionId().readBigInt64BE()),
      password: client.getSessionPassword().toString('base64'),
    }),
    watchData: (path, func) => {
      const read = () =>
        client.getData(path, read, (error, data) => {
          if (error) throw error;
          func(data);
        });
      repeat(read);
    },
    watchChildren: (path, func) => {
      const read = () =>
        client.getChildren(path, read, (error, children) => {
          if (error) throw error;
          func(children);
        });
      repeat(read);
    },
  };
}
