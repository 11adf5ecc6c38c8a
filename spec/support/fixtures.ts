import { test } from 'vitest';
import { type ClientState, ZooKeeperClient, type ZooKeeperClientOptions } from '../../index.js';
import { FaultProxy } from '../../testing/fault-proxy.js';
import { Recorder } from '../../testing/recorder.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { clientTransport } from '../../testing/transport.js';
import { sharedServer, uniqueChroot } from './test-server.js';

/** How a spec's client is made. */
interface SpecClientOptions extends ZooKeeperClientOptions {
  /** Replaces the shared server, and includes the chroot, if any. */
  connectString?: string;
}

/** The fixtures of specs on a shared server. Everything is closed when the spec ends. */
export interface Fixtures {
  /** The shared server's port. */
  port: number;
  /** A chroot of the spec's own, which exists. */
  chroot: string;
  /** Takes the client's reports, so that they can be asserted and do not fill the console. */
  logger: RecordingLogger;
  /** Makes a client under the chroot that is not connected. Session timeout 2,000 ms. */
  makeClient: (options?: SpecClientOptions) => ZooKeeperClient;
  /** Makes a client and connects it. */
  connect: (options?: SpecClientOptions) => Promise<ZooKeeperClient>;
  /** A connected client. */
  client: ZooKeeperClient;
  /** A second one, to make the changes that the first one watches. */
  other: ZooKeeperClient;
  /** A proxy in front of the shared server. */
  proxy: FaultProxy;
  /** A connected client behind the proxy. */
  proxied: ZooKeeperClient;
}

/** `test` of vitest with the fixtures. */
export const it = test.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for the pattern
  port: async ({}, use) => use(sharedServer().port),
  chroot: async ({ port }, use) => {
    const chroot = uniqueChroot();
    const client = await new ZooKeeperClient(`127.0.0.1:${port}`, clientTransport()).connect();
    await client.create(chroot);
    await client.close();
    await use(chroot);
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest asks for the pattern
  logger: async ({}, use) => use(new RecordingLogger()),
  makeClient: async ({ port, chroot, logger }, use) => {
    const clients: ZooKeeperClient[] = [];
    await use(({ connectString = `127.0.0.1:${port}${chroot}`, ...options } = {}) => {
      const transport = clientTransport();
      const client = new ZooKeeperClient(connectString, { sessionTimeout: 2_000, logger, ...transport, ...options });
      clients.push(client);
      return client;
    });
    await Promise.all(clients.map((client) => client.close()));
  },
  connect: async ({ makeClient }, use) => use((options) => makeClient(options).connect()),
  client: async ({ connect }, use) => use(await connect()),
  other: async ({ connect }, use) => use(await connect()),
  proxy: async ({ port }, use) => {
    const proxy = await FaultProxy.listen({ port });
    await use(proxy);
    await proxy.close();
  },
  proxied: async ({ connect, proxy, chroot }, use) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}` });
    await use(client);
    // Before the proxy: a client without a server waits for one to end its session.
    await client.close();
  },
});

/** Records the states of a client from now on. */
export function recordStates(client: ZooKeeperClient): Recorder<ClientState> {
  const states = new Recorder<ClientState>();
  client.on('state', states.record);
  return states;
}
