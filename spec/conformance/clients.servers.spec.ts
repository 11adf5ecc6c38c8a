import { type Client, createClient } from 'node-zookeeper-client';
import { fromNodeZooKeeperClient, type NodeZooKeeperClientAdapter } from '../../lib/node-zookeeper-client/index.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { endSession, expireSession } from '../../testing/session-killer.js';
import { statesOf } from '../support/adapter-fixtures.js';
import { connectOurs, describeConformance } from '../support/conformance.js';

describeConformance({
  name: 'ZooKeeperClient',
  connect: async (connectString, port) => {
    const client = await connectOurs(connectString);
    return { client, close: () => client.close(), expire: () => expireSession(client, port) };
  },
});

function make(connectString: string): Client {
  return createClient(connectString, { sessionTimeout: 4_000, spinDelay: 50 });
}

async function connected(adapter: NodeZooKeeperClientAdapter): Promise<void> {
  await statesOf(adapter).until((states) => states.includes('connected'));
}

function expire(client: Client, port: number): Promise<void> {
  const session = { id: client.getSessionId().readBigInt64BE(), password: client.getSessionPassword() };
  return endSession(session, client.getSessionTimeout(), { host: '127.0.0.1', port });
}

describeConformance({
  name: 'an object of node-zookeeper-client',
  session: 'ends',
  connect: async (connectString, port) => {
    const object = make(connectString);
    const client = fromNodeZooKeeperClient(object, { logger: new RecordingLogger() });
    object.connect();
    await connected(client);
    const close = async (): Promise<void> => {
      await client.close();
      // A second close() of the object, or one after its expiry, would throw.
      if (object.getState().code === 3) object.close();
    };
    return { client, close, expire: () => expire(object, port) };
  },
});

describeConformance({
  name: 'a function that makes objects of node-zookeeper-client',
  connect: async (connectString, port) => {
    let object: Client | undefined;
    const client = fromNodeZooKeeperClient(
      () => {
        object = make(connectString);
        return object;
      },
      { logger: new RecordingLogger() },
    );
    await connected(client);
    return { client, close: () => client.close(), expire: async () => object && expire(object, port) };
  },
});
