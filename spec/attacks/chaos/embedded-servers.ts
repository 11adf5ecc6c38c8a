import type { ZooKeeperClient } from '../../../index.js';
import { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { FaultProxy, type ProxyOptions } from '../../../testing/fault-proxy.js';
import { type HeldWatches, heldWatches } from '../../../testing/server-watches.js';
import { toTlsOptions } from '../../support/embedded-test-server.js';
import type { ChaosTls } from './chaos-tls.js';
import type { ChaosFault, Servers } from './servers.js';

const SESSION_TIMEOUT = 1_000;

/** The embedded server, behind one proxy. */
export class EmbeddedServers implements Servers {
  readonly sessionTimeout = SESSION_TIMEOUT;
  readonly areApart = false;
  readonly proxies: readonly FaultProxy[];
  readonly faults: readonly ChaosFault[];
  readonly #server: EmbeddedZooKeeper;
  readonly #tls: ChaosTls | null;

  private constructor(server: EmbeddedZooKeeper, proxy: FaultProxy, tls: ChaosTls | null) {
    this.#server = server;
    this.#tls = tls;
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

  static async start(tls: ChaosTls | null, proxying: ProxyOptions): Promise<EmbeddedServers> {
    const server = await EmbeddedZooKeeper.start(tls ? { tls: toTlsOptions(tls.server) } : {});
    return new EmbeddedServers(server, await FaultProxy.listen({ port: server.port }, proxying), tls);
  }

  get connectString(): string {
    return this.#server.connectString;
  }

  get connectStrings(): readonly string[] {
    return [this.connectString];
  }

  get transport() {
    return this.#tls?.client ?? {};
  }

  heldWatches(): Promise<HeldWatches> {
    return heldWatches([this.#server.port], this.#tls?.connection);
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
    await this.#tls?.[Symbol.asyncDispose]();
  }
}
