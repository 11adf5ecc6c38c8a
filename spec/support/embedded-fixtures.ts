import { test } from 'vitest';
import { ZooKeeperClient, type ZooKeeperClientOptions } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import type { InternalOptions } from '../../lib/embedded/options.js';
import { RecordingLogger } from '../../testing/recording-logger.js';

/** The fixtures of specs of the embedded server. Everything is closed when the spec ends. */
export interface EmbeddedFixtures {
  /** Takes the server's reports. */
  logger: RecordingLogger;
  /** Starts a server. Tick 20 ms. */
  start: (options?: InternalOptions) => Promise<EmbeddedZooKeeper>;
  /** A server that runs. */
  server: EmbeddedZooKeeper;
  /** Connects a client to the server. Session timeout 2,000 ms. */
  connect: (options?: ZooKeeperClientOptions & { connectString?: string }) => Promise<ZooKeeperClient>;
  /** A connected client. */
  client: ZooKeeperClient;
}

/** `test` of vitest with the fixtures. */
export const it = test.extend<EmbeddedFixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for the pattern
  logger: async ({}, use) => use(new RecordingLogger()),
  start: async ({ logger }, use) => {
    const servers: EmbeddedZooKeeper[] = [];
    await use(async (options) => {
      const server = await EmbeddedZooKeeper.start({ tickTime: 20, logger, ...options });
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.close()));
  },
  server: async ({ start }, use) => use(await start()),
  connect: async ({ server }, use) => {
    const clients: ZooKeeperClient[] = [];
    await use(({ connectString = server.connectString, ...options } = {}) => {
      const client = new ZooKeeperClient(connectString, {
        sessionTimeout: 2_000,
        logger: new RecordingLogger(),
        ...options,
      });
      clients.push(client);
      return client.connect();
    });
    await Promise.all(clients.map((client) => client.close()));
  },
  client: async ({ connect }, use) => use(await connect()),
});
