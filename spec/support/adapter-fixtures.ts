import { type Client, createClient } from 'node-zookeeper-client';
import type { ClientState, CoordinationClient, ZooKeeperClient } from '../../index.js';
import {
  type AdapterOptions,
  fromNodeZooKeeperClient,
  type NodeZooKeeperClientAdapter,
} from '../../lib/node-zookeeper-client/index.js';
import { Recorder } from '../../testing/recorder.js';
import { endSession } from '../../testing/session-killer.js';
import { it as base } from './fixtures.js';

/** How a spec's adapter is made. */
export type Source = 'object' | 'function';

interface AdaptOptions extends AdapterOptions {
  connectString?: string;
  sessionTimeout?: number;
}

/** An adapter, and the client object below it. */
interface Adapted {
  readonly adapter: NodeZooKeeperClientAdapter;
  /** The present one. */
  readonly client: () => Client;
  /** Expires its session for real. */
  readonly expire: () => Promise<void>;
}

/** The fixtures of specs of the adapter. Everything is closed when the spec ends. */
export interface AdapterFixtures {
  /** Makes an adapter under the chroot, and waits until it is connected. Session timeout 800 ms. */
  adapt: (source: Source, options?: AdaptOptions) => Promise<Adapted>;
}

/** `test` of vitest with the fixtures. */
export const it = base.extend<AdapterFixtures>({
  adapt: async ({ port, chroot, logger }, use) => {
    const adapters: NodeZooKeeperClientAdapter[] = [];
    const clients: Client[] = [];
    await use(
      async (source, { connectString = `127.0.0.1:${port}${chroot}`, sessionTimeout = 800, ...options } = {}) => {
        const make = (): Client => {
          const client = createClient(connectString, { sessionTimeout, spinDelay: 50 });
          clients.push(client);
          return client;
        };
        const adapter = fromNodeZooKeeperClient(source === 'object' ? make() : make, { logger, ...options });
        adapters.push(adapter);
        const client = (): Client => clients.at(-1) as Client;
        const states = statesOf(adapter);
        if (source === 'object') client().connect();
        await states.until((seen) => seen.includes('connected'));
        return { adapter, client, expire: () => expire(client(), port) };
      },
    );
    await Promise.all(adapters.map((adapter) => adapter.close()));
    for (const client of clients) if (client.getState().code === CONNECTED) client.close();
  },
});

const CONNECTED = 3;

function expire(client: Client, port: number): Promise<void> {
  const session = { id: client.getSessionId().readBigInt64BE(), password: client.getSessionPassword() };
  return endSession(session, client.getSessionTimeout(), { host: '127.0.0.1', port });
}

/** Records the states of any client from now on. */
export function statesOf(client: CoordinationClient | ZooKeeperClient): Recorder<ClientState> {
  const states = new Recorder<ClientState>();
  client.on('state', (state) => states.record(state));
  return states;
}
