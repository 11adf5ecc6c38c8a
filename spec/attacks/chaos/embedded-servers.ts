import type { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import type { ChaosFault, Servers } from './servers.js';

const SESSION_TIMEOUT = 1_000;

/** The embedded server, behind one proxy. */
export class EmbeddedServers implements Servers {
  readonly sessionTimeout = SESSION_TIMEOUT;
  readonly areApart = false;
  readonly proxies: readonly FaultProxy[];
  readonly faults: readonly ChaosFault[];
  readonly #server: EmbeddedZooKeeper;

  private constructor(server: EmbeddedZooKeeper, proxy: FaultProxy) {
    this.#server = server;
    this.proxies = [proxy];
    this.faults = [
      {
        name: 'server down',
        weight: 4,
        begin: async () => {
          await server.stop();
          return { what: '', end: () => server.restart() };
        },
      },
      {
        name: 'server frozen',
        weight: 4,
        begin: () => {
          server.freeze();
          return { what: '', end: () => server.thaw() };
        },
      },
      {
        name: 'connections dropped by the server',
        weight: 2,
        begin: () => {
          server.dropConnections();
          return { what: '', end() {} };
        },
      },
    ];
  }

  static async start(): Promise<EmbeddedServers> {
    const server = await EmbeddedZooKeeper.start();
    return new EmbeddedServers(server, await FaultProxy.listen({ port: server.port }));
  }

  get connectString(): string {
    return this.#server.connectString;
  }

  get connectStrings(): readonly string[] {
    return [this.connectString];
  }

  async expire({ sessionId }: ZooKeeperClient): Promise<void> {
    try {
      if (sessionId !== null) this.#server.expireSession(sessionId);
    } catch {
      // The session has expired already, and its client has not noticed yet.
    }
  }

  async healthy(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.#server.close();
  }
}
