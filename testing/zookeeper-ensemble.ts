import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';
import { freePort } from './free-port.js';
import { ZooKeeperServer, type ZooKeeperServerOptions } from './zookeeper-server.js';

export interface ZooKeeperEnsembleOptions
  extends Pick<ZooKeeperServerOptions, 'tickTime' | 'maxClientCnxns' | 'config' | 'javaOptions'> {
  /** Whether the first server receives commits only through `linksOfFirst`. */
  isFirstRemote?: boolean;
}

/** A quorum of real servers; each can be killed, restarted and paused by itself. */
export class ZooKeeperEnsemble implements AsyncDisposable {
  readonly servers: readonly ZooKeeperServer[];
  /**
   * Between the first server and each of the others, when it is remote: carry the commits of any leader. Having the
   * lowest number, the first server never leads. Votes bypass the links.
   */
  readonly linksOfFirst: readonly FaultProxy[];

  private constructor(servers: readonly ZooKeeperServer[], linksOfFirst: readonly FaultProxy[]) {
    this.servers = servers;
    this.linksOfFirst = linksOfFirst;
  }

  /** Resolves once every server serves. */
  static async start(size = 3, options: ZooKeeperEnsembleOptions = {}): Promise<ZooKeeperEnsemble> {
    const { isFirstRemote = false, ...others } = options;
    const members = await Promise.all(Array.from({ length: size }, async (_, index) => toMember(index + 1)));
    const links = isFirstRemote
      ? await Promise.all(members.slice(1).map(({ quorumPort }) => FaultProxy.listen({ port: quorumPort })))
      : [];
    const seenByFirst = members.map((member, index) => ({
      ...member,
      quorumPort: links[index - 1]?.port ?? member.quorumPort,
    }));
    const servers = await Promise.all(
      members.map(({ myId }) => {
        const peers = myId === 1 ? seenByFirst : members;
        return ZooKeeperServer.prepare({ ...others, myId, config: { ...toConfig(peers), ...options.config } });
      }),
    );
    const ensemble = new ZooKeeperEnsemble(servers, links);
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
    await Promise.all(this.linksOfFirst.map((link) => link.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #inMode(mode: string): Promise<ZooKeeperServer[]> {
    const modes = await Promise.all(this.servers.map((server) => server.mode()));
    return this.servers.filter((_, index) => modes[index] === mode);
  }
}

/** A server as its peers see it. */
interface Member {
  readonly myId: number;
  readonly quorumPort: number;
  readonly electionPort: number;
}

async function toMember(myId: number): Promise<Member> {
  return { myId, quorumPort: await freePort(), electionPort: await freePort() };
}

function toConfig(members: readonly Member[]): Record<string, string> {
  const lines = members.map(({ myId, quorumPort, electionPort }) => [
    `server.${myId}`,
    `127.0.0.1:${quorumPort}:${electionPort}`,
  ]);
  return { initLimit: '50', syncLimit: '10', ...Object.fromEntries(lines) };
}
