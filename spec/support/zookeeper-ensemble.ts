import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { ZooKeeperServer, type ZooKeeperServerOptions } from './zookeeper-server.js';

export type ZooKeeperEnsembleOptions = Pick<ZooKeeperServerOptions, 'tickTime' | 'maxClientCnxns' | 'config'>;

/** A quorum of real servers; each can be killed, restarted and paused by itself. */
export class ZooKeeperEnsemble implements AsyncDisposable {
  readonly servers: readonly ZooKeeperServer[];

  private constructor(servers: readonly ZooKeeperServer[]) {
    this.servers = servers;
  }

  /** Resolves once every server serves. */
  static async start(size = 3, options: ZooKeeperEnsembleOptions = {}): Promise<ZooKeeperEnsemble> {
    const ids = Array.from({ length: size }, (_, index) => index + 1);
    const config: Record<string, string> = { initLimit: '50', syncLimit: '10' };
    for (const id of ids) config[`server.${id}`] = `127.0.0.1:${await freePort()}:${await freePort()}`;
    Object.assign(config, options.config);
    const servers = await Promise.all(ids.map((myId) => ZooKeeperServer.prepare({ ...options, myId, config })));
    const ensemble = new ZooKeeperEnsemble(servers);
    try {
      await Promise.all(servers.map((server) => server.restart()));
      return ensemble;
    } catch (error) {
      await ensemble.stop();
      throw error;
    }
  }

  get connectString(): string {
    return this.servers.map((server) => server.connectString).join(',');
  }

  /** Waits until exactly one of the running servers leads. */
  async leader(): Promise<ZooKeeperServer> {
    let leaders: ZooKeeperServer[] = [];
    await eventually(
      async () => {
        leaders = await this.#inMode('leader');
        return leaders.length === 1;
      },
      { within: 30_000, describe: 'one leader in the ensemble' },
    );
    return leaders[0] as ZooKeeperServer;
  }

  /** Waits until every running server but the leader follows. */
  async followers(): Promise<ZooKeeperServer[]> {
    let followers: ZooKeeperServer[] = [];
    await eventually(
      async () => {
        followers = await this.#inMode('follower');
        return followers.length === this.servers.filter((server) => server.running).length - 1;
      },
      { within: 30_000, describe: 'all running servers but one following' },
    );
    return followers;
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #inMode(mode: string): Promise<ZooKeeperServer[]> {
    const modes = await Promise.all(this.servers.map((server) => server.mode()));
    return this.servers.filter((_, index) => modes[index] === mode);
  }
}
