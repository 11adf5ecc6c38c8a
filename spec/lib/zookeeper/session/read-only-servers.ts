import type { ClientState, ZooKeeperClient, ZooKeeperClientOptions } from '../../../../index.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

/** The session timeout. */
export const T = 3_000;

/** A server: in a quorum, without one, without one and without local sessions for readers, or not running. */
type Role = 'quorum' | 'alone' | 'useless' | 'down';

/** A client, and servers whose roles change. */
export function play(roles: Record<string, Role>, options: ZooKeeperClientOptions = {}) {
  const connectString = Object.keys(roles)
    .map((host) => `${host}:1`)
    .join(',');
  const { client, network, logger } = makeFakeClient(connectString, { readOnly: true, ...options });
  const states: ClientState[] = [];
  client.on('state', (state) => states.push(state));
  const open = new Set<FakeConnection>();
  const data = Buffer.from('x');
  let zxid = 5n;
  network.onConnection = (connection) => {
    const { mayOnlyRead } = connection.options;
    const role = roles[connection.options.server.host];
    if (role === 'down') return connection.end('failed');
    if (role === 'quorum') connection.open();
    else if (role === 'alone' && mayOnlyRead) connection.open({ isReadOnly: true });
    else return connection.end('refused');
    open.add(connection);
    connection.hear(zxid);
  };
  const change = (host: string, role: Role): void => {
    roles[host] = role;
    for (const connection of open) {
      if (connection.options.server.host !== host) continue;
      open.delete(connection);
      if (!connection.destroyed) connection.end('failed');
    }
  };
  return {
    client,
    network,
    logger,
    states,
    change,
    data,
    /** Lets time pass in which the servers answer pings. */
    passServed: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += T / 10) {
        await pass(T / 10);
        for (const connection of open) if (!connection.destroyed) connection.hear(zxid);
      }
    },
    setZxid: (value: bigint) => {
      zxid = value;
    },
    /** The connection that serves the client. */
    get served(): FakeConnection {
      return [...open].filter(({ destroyed }) => !destroyed).at(-1) as FakeConnection;
    },
  };
}

/** Connects it in fake time. */
export async function connected(client: ZooKeeperClient): Promise<void> {
  const connecting = client.connect();
  await pass(1_000);
  await connecting;
}
