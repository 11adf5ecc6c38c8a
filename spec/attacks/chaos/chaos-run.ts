import { setTimeout as pause } from 'node:timers/promises';
import type { ZooKeeperClient } from '../../../index.js';
import { eventually } from '../../../testing/eventually.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import type { Aspect } from '../../oracle/moment.js';
import type { Violation } from '../../oracle/rules.js';
import { Chronicle } from './chronicle.js';
import { DataWriter } from './data-writer.js';
import { disagreements } from './disagreements.js';
import { faultsOfClients } from './faults.js';
import { Gate } from './gate.js';
import { GroupWriter } from './group-writer.js';
import { wrongServerWatches } from './needed-watches.js';
import { histories, type PathHistory } from './path-history.js';
import { PromiseWatchdog } from './promise-watchdog.js';
import { readTruths } from './read-truths.js';
import type { ChaosFault, Ongoing, Servers } from './servers.js';
import { type ServerOptions, startServers } from './start-servers.js';
import { checkTraffic } from './traffic-check.js';
import { TreeTruth } from './tree-truth.js';
import { type Arena, WatchingClient } from './watching-client.js';
import { makeDirectClient, Writer } from './writer.js';

const ROOT = '/chaos';
const WRITERS = 3;
const ZNODES_OF_EACH = 4;
const GROUPS_OF_EACH = 2;
/** Of each client; the guests have fewer. */
const WATCHES = [80, 80, 80, 60];
const WATCHES_OF_GUEST = 10;
/** Clients that follow the whole tree: one without a chroot, and one with. */
const FOLLOW_TREE: ReadonlySet<number> = new Set([0, 3]);
/** Bursts of faults between two quiet points. */
const ROUNDS = [2, 4] as const;
/** Within which every watch must have the final state once all is well, in ms: after faults, and without any. */
const CONVERGE_WITHIN = { stormy: 10_000, calm: 1_000 };
/** Within which servers must have removed watches that nobody needs any more, in ms. */
const WATCHES_WITHIN = { stormy: 3_000, calm: 1_000 };
/** Between two quiet points of a calm run, in ms. */
const CALM = 300;
/** How long writers and clients may take to finish what they are at. */
const SETTLE_WITHIN = 90_000;

/** The kind and the length of a run. */
export interface ChaosOptions extends ServerOptions {
  readonly minutes: number;
  readonly seed: number;
  /** `calm`: without any fault. Default: `stormy`. */
  readonly weather?: 'stormy' | 'calm';
  /** The run goes on beyond its time until there were so many faults, and as many reconnections. Default: 0. */
  readonly least?: number;
  /** Receives a progress line every 30 s. */
  readonly report?: (line: string) => void;
}

/** Runs writers, watches and faults until the time is over or a rule is broken. */
export async function runChaos(options: ChaosOptions): Promise<Chronicle> {
  const servers = await startServers(options, [ROOT]);
  const chronicle = new Chronicle();
  const onRejection = (reason: unknown): void => chronicle.violation(`an unhandled rejection: ${String(reason)}`);
  const onException = (error: Error): void => chronicle.violation(`an uncaught exception: ${error.stack}`);
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
  const reporter = setInterval(() => options.report?.(chronicle.summary()), 30_000);
  try {
    await new ChaosRun(servers, chronicle, options).run();
    return chronicle;
  } finally {
    clearInterval(reporter);
    await servers.close();
    process.off('unhandledRejection', onRejection);
    process.off('uncaughtException', onException);
  }
}

class ChaosRun {
  readonly #servers: Servers;
  readonly #chronicle: Chronicle;
  readonly #deadline: number;
  readonly #watchdog: PromiseWatchdog;
  readonly #random: SeededRandom;
  readonly #writing = new Gate();
  readonly #watching = new Gate();
  readonly #arena: Arena;
  readonly #faults: readonly ChaosFault[];
  readonly #direct: ZooKeeperClient[] = [];
  readonly #groupWriters: GroupWriter[] = [];
  #clients: WatchingClient[] = [];
  readonly #options: Required<Pick<ChaosOptions, 'weather' | 'least'>>;
  #guests = 0;

  constructor(servers: Servers, chronicle: Chronicle, options: ChaosOptions) {
    const { minutes, seed, weather = 'stormy', least = 0 } = options;
    this.#options = { weather, least };
    this.#servers = servers;
    this.#chronicle = chronicle;
    this.#deadline = performance.now() + minutes * 60_000;
    this.#watchdog = new PromiseWatchdog(chronicle);
    this.#random = SeededRandom.of(seed, 'faults');
    this.#faults = [
      ...servers.faults,
      ...faultsOfClients(servers, chronicle, () => this.#clients.map(({ client }) => client)),
    ];
    this.#arena = {
      chronicle,
      watchdog: this.#watchdog,
      sessionTimeout: servers.sessionTimeout,
      connectString: servers.proxies.map((proxy) => proxy.connectString).join(),
      transport: servers.transport,
      tree: new TreeTruth(ROOT),
      data: histories(ROOT, 'znode', WRITERS * ZNODES_OF_EACH),
      groups: histories(ROOT, 'group', WRITERS * GROUPS_OF_EACH),
      seed,
    };
  }

  async run(): Promise<void> {
    try {
      await this.#attack();
    } catch (error) {
      this.#chronicle.violation(`the run could not go on: ${String(error)}`);
    }
    await this.#end();
  }

  /** Asks each server on its own: a watch is right to deliver a state that only some servers hold. */
  async #disagreements(): Promise<string[]> {
    const { data, groups } = this.#arena;
    const paths = [...data, ...groups].map(({ path }) => path);
    return disagreements(this.#servers, paths).catch((error) => [`not every server answers: ${error}`]);
  }

  async #attack(): Promise<void> {
    const auditor = await this.#directClient();
    await auditor.create(ROOT);
    await auditor.create(`${ROOT}/own`);
    for (let index = 0; index < WRITERS; index += 1) await this.#startWriter(index);
    for (const [index, watches] of WATCHES.entries()) await this.#startClient(index, watches);
    this.#watching.loop(
      'guests',
      () => 300,
      () => this.#guest(),
    );
    const done = () => Math.min(this.#chronicle.faultCount, this.#chronicle.reconnections);
    const isEarly = () => performance.now() < this.#deadline || done() < this.#options.least;
    while (isEarly() && this.#chronicle.violations === 0) {
      for (let round = this.#random.whole(...ROUNDS); round > 0; round -= 1) await this.#rain();
      await this.#quietPoint(auditor);
    }
  }

  /** Injects some faults, in sequence or at once, and returns when all have ended. */
  async #rain(): Promise<void> {
    if (this.#options.weather === 'calm') return void (await pause(CALM));
    const random = this.#random;
    const count = random.pick([1, 1, 1, 2, 2, 3]);
    const plans = Array.from({ length: count }, () => ({
      kind: random.pickWeighted(this.#faults),
      after: random.between(0, 500),
      // Some end before any client notices, some outlast a session.
      holds: random.between(50, random.chance(0.3) ? 3 * this.#servers.sessionTimeout : this.#servers.sessionTimeout),
      random: SeededRandom.of(random.whole(0, 2 ** 31), 'fault'),
    }));
    await Promise.all(plans.map((plan) => this.#inject(plan)));
    this.#chronicle.calmSince = performance.now();
    await pause(random.between(0, 1_500));
  }

  async #inject(plan: { kind: ChaosFault; after: number; holds: number; random: SeededRandom }): Promise<void> {
    await pause(plan.after);
    const { name, isHarmless = false } = plan.kind;
    this.#chronicle.calmSince = Number.POSITIVE_INFINITY;
    const over = this.#chronicle.trouble.begin(isHarmless);
    const ongoing: Ongoing | null = await plan.kind.begin(plan.random);
    if (!ongoing) return over();
    this.#chronicle.injected(name, `begins ${ongoing.what}`);
    await pause(plan.holds);
    await ongoing.end();
    over();
    this.#chronicle.faultLog.add(`${name} has ended`);
  }

  /** Ends all faults and writes: the last call of each watch must then have the state that the server holds. */
  async #quietPoint(auditor: ZooKeeperClient): Promise<void> {
    for (const proxy of this.#servers.proxies) await proxy.pass();
    await this.#servers.healthy((what) => this.#chronicle.helped(what));
    await Promise.all([this.#writing.close(SETTLE_WITHIN), this.#watching.close(SETTLE_WITHIN)]);
    const since = performance.now();
    const { data, groups } = this.#arena;
    await readTruths(auditor, this.#arena);
    const hasConverged = () => !this.#clients.some(({ isBehind }) => isBehind);
    await eventually(hasConverged, { within: CONVERGE_WITHIN[this.#options.weather] }).catch(() => {});
    this.#chronicle.convergence.note(performance.now() - since, `at ${this.#chronicle.seconds.toFixed(1)} s`);
    for (const client of this.#clients) client.checkAtRest();
    await this.#checkServerWatches();
    await checkTraffic(this.#servers, this.#chronicle);
    for (const history of [...data, ...groups]) history.forget();
    this.#chronicle.quietPoints += 1;
    this.#writing.open();
    this.#watching.open();
  }

  /** Polls: servers remove needless watches with a short delay. */
  async #checkServerWatches(): Promise<void> {
    let violations: readonly Violation[] = [];
    const areRight = async () => {
      violations = wrongServerWatches(await this.#servers.heldWatches(), this.#clients);
      return violations.length === 0;
    };
    await eventually(areRight, { within: WATCHES_WITHIN[this.#options.weather] }).catch(() => {});
    for (const violation of violations) this.#chronicle.violation(violation);
  }

  async #end(): Promise<void> {
    this.#writing.end();
    this.#watching.end();
    // The same fault may keep steps from ending.
    const within = this.#chronicle.violations > 0 ? 3_000 : SETTLE_WITHIN;
    await Promise.all([this.#writing.close(within), this.#watching.close(within)]).catch((error) => {
      this.#chronicle.violation(`the run does not end: ${String(error)}`);
    });
    if (this.#chronicle.violations > 0) this.#chronicle.serversDisagree = await this.#disagreements();
    // Watching clients close first: ending the writers' sessions deletes their ephemeral znodes.
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all(this.#groupWriters.map((writer) => writer.close()));
    await Promise.all(this.#direct.map((client) => client.close()));
    // Promises that close() ends settle in a later turn.
    await eventually(() => this.#watchdog.isIdle, { within: 1_000 }).catch(() => {});
    this.#watchdog.end();
    await checkTraffic(this.#servers, this.#chronicle);
  }

  async #startWriter(index: number): Promise<void> {
    const { seed, data, groups } = this.#arena;
    const make = async (aspect: Aspect) =>
      new Writer(await this.#directClient(), aspect, this.#chronicle, this.#watchdog);
    const random = SeededRandom.of(seed, `writer ${index}`);
    const ofMine = (_: PathHistory, position: number): boolean => position % WRITERS === index;
    const dataWriter = new DataWriter(await make('data'), data.filter(ofMine), random);
    const randomOfGroups = SeededRandom.of(seed, `group writer ${index}`);
    const own = groups.filter(ofMine);
    const groupWriter = new GroupWriter(await make('children'), this.#servers, own, randomOfGroups);
    this.#groupWriters.push(groupWriter);
    this.#writing.loop(
      'a writer',
      () => random.between(2, 60),
      () => dataWriter.step(),
    );
    this.#writing.loop(
      'a group writer',
      () => randomOfGroups.between(5, 100),
      () => groupWriter.step(),
    );
  }

  async #startClient(index: number, watches: number): Promise<void> {
    const client = new WatchingClient(this.#arena, `client ${index + 1}`, index % 2 === 1, index >= 2);
    this.#clients.push(client);
    await client.connect();
    client.churn(watches);
    if (FOLLOW_TREE.has(index)) client.followTree();
    const { name } = client;
    this.#watching.loop(
      `the watches of ${name}`,
      () => 40,
      async () => {
        client.churn(watches);
        await client.stepTrees();
      },
    );
    this.#watching.loop(
      `the requests of ${name}`,
      () => 50,
      () => client.probe(),
    );
  }

  /** A short-lived client: makes its watches before it is connected, and is closed at a random moment. */
  async #guest(): Promise<void> {
    this.#guests += 1;
    const random = SeededRandom.of(this.#arena.seed, `guest ${this.#guests}`);
    const guest = new WatchingClient(this.#arena, `guest ${this.#guests}`, random.chance(0.5), random.chance(0.5));
    this.#clients.push(guest);
    guest.churn(WATCHES_OF_GUEST);
    const connecting = guest.connect();
    await pause(random.chance(0.3) ? random.between(0, 50) : random.between(50, 4_000));
    await guest.close();
    await connecting;
    this.#clients = this.#clients.filter((client) => client !== guest);
  }

  async #directClient(): Promise<ZooKeeperClient> {
    const client = await makeDirectClient(this.#servers).connect();
    this.#direct.push(client);
    return client;
  }
}
