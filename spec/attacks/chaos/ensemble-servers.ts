import { ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import type { ProxyFaults, ProxyOptions } from '../../../testing/fault-proxy.js';
import { freePort } from '../../../testing/free-port.js';
import { ProxyProcess } from '../../../testing/proxy-process.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { type HeldWatches, heldWatches } from '../../../testing/server-watches.js';
import { endSession } from '../../../testing/session-killer.js';
import { ZooKeeperServer } from '../../../testing/zookeeper-server.js';
import type { ChaosTls } from './chaos-tls.js';
import type { ChaosFault, Ongoing, Servers } from './servers.js';

const SESSION_TIMEOUT = 2_000;
const SIZE = 3;
/** How long an ensemble with a leader may take to create a session. */
const COMMITS_WITHIN = 8_000;
/** How long an expiry may take before the run goes on without it. */
const EXPIRE_WITHIN = 3_000;
/** Below syncLimit (two seconds): the follower keeps its role and serves old states. */
const LAG = [200, 900] as const;

/** A real server and the proxies in front of it. */
interface Member {
  readonly id: number;
  readonly server: ZooKeeperServer;
  /** The proxy in front of its client port. */
  readonly proxy: ProxyFaults;
  /** The proxies through which it, as a follower, receives from each other server. */
  readonly leaderLinks: readonly { readonly to: number; readonly proxy: ProxyFaults }[];
}

/** Three real servers, each behind one proxy for its clients and one for each of its peers. */
export class EnsembleServers implements Servers {
  readonly sessionTimeout = SESSION_TIMEOUT;
  readonly areApart = true;
  readonly faults: readonly ChaosFault[];
  readonly #members: readonly Member[];
  readonly #proxyProcess: ProxyProcess;
  readonly #tls: ChaosTls | null;
  /** The members under an active fault. */
  readonly #busy = new Set<Member>();
  readonly #expiries = new Set<Promise<void>>();

  private constructor(members: readonly Member[], proxyProcess: ProxyProcess, tls: ChaosTls | null) {
    this.#members = members;
    this.#tls = tls;
    this.#proxyProcess = proxyProcess;
    this.faults = [
      this.#fault('server killed', 2, (random) => this.#kill(this.#some(random))),
      this.#fault('leader killed', 2, async () => this.#kill(await this.#inMode('leader'))),
      this.#fault('quorum lost', 1, (random) => this.#kill(...this.#pair(random))),
      this.#fault('server paused', 2, (random) => this.#pause(this.#some(random))),
      this.#fault('leader paused', 2, async () => this.#pause(await this.#inMode('leader'))),
      this.#fault('follower lags', 3, async (random) => this.#lag(random, await this.#inMode('follower'))),
      this.#fault('server partitioned off', 2, (random) => this.#partition(this.#some(random))),
      this.#fault('leader partitioned off', 1, async () => this.#partition(await this.#inMode('leader'))),
    ];
  }

  static async start(tls: ChaosTls | null, proxying: ProxyOptions): Promise<EnsembleServers> {
    const ids = Array.from({ length: SIZE }, (_, index) => index + 1);
    const ports = new Map<number, readonly [number, number]>();
    for (const id of ids) ports.set(id, [await freePort(), await freePort()]);
    const proxyProcess = new ProxyProcess();
    const members = await Promise.all(ids.map((id) => prepareMember(id, ports, proxyProcess, tls, proxying)));
    const servers = new EnsembleServers(members, proxyProcess, tls);
    try {
      await Promise.all(members.map(({ server }) => server.restart()));
      await servers.#hasLeader();
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  get proxies(): readonly ProxyFaults[] {
    return this.#members.map(({ proxy }) => proxy);
  }

  get connectString(): string {
    return this.connectStrings.join();
  }

  get connectStrings(): readonly string[] {
    return this.#members.map(({ server }) => `127.0.0.1:${server.securePort ?? server.port}`);
  }

  get transport() {
    return this.#tls?.client ?? {};
  }

  /** On the plain ports. */
  heldWatches(): Promise<HeldWatches> {
    return heldWatches(this.#members.map(({ server }) => server.port));
  }

  /** Gives up waiting when the servers are too busy to end the session. */
  async expire({ sessionId, sessionPassword, sessionTimeout }: ZooKeeperClient): Promise<void> {
    const server = this.#members.find((member) => !this.#busy.has(member))?.server;
    if (sessionId === null || sessionPassword === null || !server) return;
    const { port } = server;
    const session = { id: sessionId, password: sessionPassword };
    // The server may be killed meanwhile.
    const expiry = endSession(session, sessionTimeout, { host: '127.0.0.1', port }).catch(() => {});
    this.#expiries.add(expiry);
    void expiry.then(() => this.#expiries.delete(expiry));
    await Promise.race([expiry, new Promise((resolve) => setTimeout(resolve, EXPIRE_WITHIN))]);
  }

  /** Restarts a leader that commits nothing any more, as the operator of a 3.8.0 ensemble must. */
  async healthy(note: (what: string) => void): Promise<void> {
    await this.#hasLeader();
    while (!(await this.#commits())) {
      note('leader restarted, for it committed nothing');
      const leader = await this.#inMode('leader');
      await leader?.server.kill();
      await leader?.server.restart();
      await this.#hasLeader();
    }
    await Promise.all(this.#expiries);
  }

  async #hasLeader(): Promise<void> {
    const expected = [...Array.from({ length: SIZE - 1 }, () => 'follower'), 'leader'].join();
    let seen: (string | null)[] = [];
    const check = async (): Promise<boolean> => {
      seen = await Promise.all(this.#members.map(({ server }) => server.mode()));
      return [...seen].sort().join() === expected;
    };
    await eventually(check, { within: 60_000, describe: 'one leader and its followers' });
  }

  /** Creating a session takes a transaction. */
  async #commits(): Promise<boolean> {
    const client = new ZooKeeperClient(this.connectString, { ...this.transport, logger: new RecordingLogger() });
    try {
      await client.connect({ timeout: COMMITS_WITHIN });
      return true;
    } catch {
      return false;
    } finally {
      await client.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ server }) => server.stop()));
    const links = this.#members.flatMap(({ leaderLinks }) => leaderLinks.map(({ proxy }) => proxy));
    await Promise.all([...this.proxies, ...links].map((proxy) => proxy.close()));
    await this.#proxyProcess.close();
    await this.#tls?.[Symbol.asyncDispose]();
  }

  #fault(
    name: string,
    weight: number,
    begin: (random: SeededRandom) => Promise<Ongoing | null> | Ongoing | null,
  ): ChaosFault {
    return { name, weight, begin };
  }

  async #kill(...members: readonly (Member | null)[]): Promise<Ongoing | null> {
    return this.#occupy(
      members,
      (member) => member.server.kill(),
      (member) => member.server.restart(),
    );
  }

  #pause(member: Member | null): Promise<Ongoing | null> {
    return this.#occupy(
      [member],
      ({ server }) => server.pause(),
      ({ server }) => server.resume(),
    );
  }

  #lag(random: SeededRandom, member: Member | null): Promise<Ongoing | null> {
    const ms = random.whole(...LAG);
    return this.#occupy(
      [member],
      ({ leaderLinks }) => {
        for (const { proxy } of leaderLinks) proxy.delay(ms);
      },
      async ({ leaderLinks }) => void (await Promise.all(leaderLinks.map(({ proxy }) => proxy.pass()))),
      ` by ${ms} ms`,
    );
  }

  /** The member goes on serving its own state until it notices. */
  #partition(member: Member | null): Promise<Ongoing | null> {
    const links = ({ id, leaderLinks }: Member): ProxyFaults[] => [
      ...leaderLinks.map(({ proxy }) => proxy),
      ...this.#members.flatMap((other) => other.leaderLinks.filter(({ to }) => to === id).map(({ proxy }) => proxy)),
    ];
    return this.#occupy(
      [member],
      (hit) => {
        for (const proxy of links(hit)) proxy.blackHole();
      },
      async (hit) => void (await Promise.all(links(hit).map((proxy) => proxy.pass()))),
    );
  }

  async #occupy(
    members: readonly (Member | null)[],
    begin: (member: Member) => Promise<void> | void,
    end: (member: Member) => Promise<void> | void,
    how = '',
  ): Promise<Ongoing | null> {
    const hit = members.flatMap((member) => (member && !this.#busy.has(member) ? [member] : []));
    if (hit.length === 0 || hit.length < members.length) return null;
    for (const member of hit) this.#busy.add(member);
    await Promise.all(hit.map(begin));
    return {
      what: `server ${hit.map(({ id }) => id)}${how}`,
      end: async () => {
        await Promise.all(hit.map(end));
        for (const member of hit) this.#busy.delete(member);
      },
    };
  }

  #some(random: SeededRandom): Member | null {
    return random.pick(this.#members);
  }

  #pair(random: SeededRandom): Member[] {
    const spared = random.pick(this.#members);
    return this.#members.filter((member) => member !== spared);
  }

  async #inMode(mode: string): Promise<Member | null> {
    const modes = await Promise.all(this.#members.map(({ server }) => server.mode(500)));
    return this.#members.find((member, index) => modes[index] === mode && !this.#busy.has(member)) ?? null;
  }
}

async function prepareMember(
  id: number,
  ports: ReadonlyMap<number, readonly [number, number]>,
  proxies: ProxyProcess,
  tls: ChaosTls | null,
  proxying: ProxyOptions,
): Promise<Member> {
  const config: Record<string, string> = { initLimit: '50', syncLimit: '10' };
  const leaderLinks: { to: number; proxy: ProxyFaults }[] = [];
  for (const [other, [quorumPort, electionPort]] of ports) {
    let port = quorumPort;
    if (other !== id) {
      const proxy = await proxies.listen({ port: quorumPort });
      leaderLinks.push({ to: other, proxy });
      port = portOf(proxy);
    }
    config[`server.${other}`] = `127.0.0.1:${port}:${electionPort}`;
  }
  const server = await ZooKeeperServer.prepare({ myId: id, tickTime: 200, config, ...(tls && { tls: tls.server }) });
  const proxy = await proxies.listen({ port: server.securePort ?? server.port }, proxying);
  return { id, server, proxy, leaderLinks };
}

function portOf({ connectString }: ProxyFaults): number {
  return Number(connectString.slice(connectString.lastIndexOf(':') + 1));
}
