import { type ClientState, ZooKeeperClient, type ZooKeeperClientOptions, ZooKeeperError } from '../../../index.js';
import { codeOf } from '../../../lib/core/errors.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import type { Aspect } from '../../oracle/moment.js';
import { sessionLost } from '../../oracle/session-lost.js';
import { reportedToLogger } from '../../oracle/thrown-errors.js';
import { type Audited, auditChildrenWatch, auditDataWatch, type MakeAudit, type WatchHost } from './audited-watch.js';
import { type Chronicle, Log } from './chronicle.js';
import { FollowedTree } from './followed-tree.js';
import { type NeededWatches, neededWatches } from './needed-watches.js';
import type { PathHistory } from './path-history.js';
import { PatientLoop } from './patient-loop.js';
import type { PromiseWatchdog } from './promise-watchdog.js';
import { type Connectivity, Trail } from './trail.js';
import type { TreeTruth } from './tree-truth.js';
import { WatchAudit } from './watch-audit.js';

/** Each attempt may wait one session timeout for a connection and two for the answer, with a pause after it. */
const PATIENCE = { attempts: 8, pause: 2_000, sessionTimeouts: 3 };
/** How long a fault may cost a session after its end, in session timeouts. */
const AFTERMATH = 3;
const CLOSE_WITHIN = 4_000;
/** Every third watch has no error listener: its errors go to the client's logger. */
const UNHEARD = 3;
/** The longest that connect() waits. */
const CONNECT_TIMEOUT = 15_000;

/** The surroundings that the clients of a run share. */
export interface Arena {
  readonly chronicle: Chronicle;
  readonly watchdog: PromiseWatchdog;
  readonly sessionTimeout: number;
  /** Through the proxies, without a chroot. */
  readonly connectString: string;
  readonly transport: Pick<ZooKeeperClientOptions, 'tls'>;
  /** At whose root is the parent of every watched znode. */
  readonly tree: TreeTruth;
  readonly data: readonly PathHistory[];
  readonly groups: readonly PathHistory[];
  readonly seed: number;
}

/** A client behind the proxies whose watches, of every kind, are made and stopped all the time. */
export class WatchingClient implements WatchHost, Connectivity {
  readonly name: string;
  readonly client: ZooKeeperClient;
  readonly watchdog: PromiseWatchdog;
  readonly log: Log;
  readonly #arena: Arena;
  readonly #random: SeededRandom;
  /** The prefix of a path that its chroot removes. */
  readonly #prefix: string;
  readonly #trails = new Map<string, Trail>();
  readonly #seen = new Map<string, bigint>();
  #watches: Audited[] = [];
  #trees: readonly FollowedTree[] = [];
  /** The paths of watches of children that waited for their znode. */
  readonly #waitedFor = new Set<string>();
  #made = 0;
  #connections = 0;
  connectedSince: number | null = null;
  losses = 0;

  /**
   * @param isRooted whether it has a chroot
   * @param isImpatient whether its reads are not retried, so that the watches must retry
   */
  constructor(arena: Arena, name: string, isRooted: boolean, isImpatient: boolean) {
    this.name = name;
    this.#arena = arena;
    this.watchdog = arena.watchdog;
    this.log = new Log(name);
    this.#random = SeededRandom.of(arena.seed, name);
    this.#prefix = isRooted ? arena.tree.root : '';
    const logger = this.#logger();
    const { sessionTimeout, transport } = arena;
    const options = { ...transport, sessionTimeout, logger, retry: isImpatient ? { maxAttempts: 1 } : {} };
    this.client = new ZooKeeperClient(`${arena.connectString}${this.#prefix}`, options);
    this.client.on('state', (state) => this.#onState(state));
  }

  /** Whether a watch has yet to deliver the state that the server holds, or to finish a call. */
  get isBehind(): boolean {
    const nodes = this.#arena.tree.below(this.#prefix);
    return (
      this.#watches.some(({ audit }) => audit.oracle.isPending) || this.#trees.some((tree) => tree.isBehind(nodes))
    );
  }

  /** Everything is at rest: checks each watch that was alive since the last time. */
  checkAtRest(): void {
    for (const watch of this.#watches) watch.checkAtRest();
    this.#watches = this.#watches.filter(({ audit }) => !audit.isOver);
    for (const trail of this.#trails.values()) trail.caughtUp();
    for (const { audit } of this.#watches) audit.caughtUp();
    for (const tree of this.#trees) tree.checkAtRest(this.#arena.tree.below(this.#prefix));
  }

  /** The watches that the servers must hold for it at rest, and those that they may. */
  get serverWatches(): NeededWatches {
    const { root, paths } = this.#arena.tree;
    return neededWatches(
      this.client.sessionId,
      this.#watches.map(({ audit }) => audit),
      this.#waitedFor,
      this.#trees.length > 0 ? { root, reportedPaths: this.#connections > 1 ? paths : [] } : null,
    );
  }

  get #live(): readonly Audited[] {
    return this.#watches.filter(({ audit }) => !audit.isOver);
  }

  async connect(): Promise<void> {
    const within = CONNECT_TIMEOUT + 2_000;
    const connecting = this.client.connect({ timeout: CONNECT_TIMEOUT });
    try {
      await this.watchdog.track(`connect() of ${this.name}`, connecting, within);
    } catch (error) {
      if (!this.#isTroubleOfTls(codeOf(error))) this.#check('connect()', error, ['CONNECT_TIMEOUT', 'CLIENT_CLOSED']);
    }
  }

  /** Follows the whole tree, by a watch and by a subscription. */
  followTree(): void {
    const { name, client, log } = this;
    const { chronicle, tree } = this.#arena;
    const host = { name, client, log, chronicle, root: this.#prefix ? '/' : tree.root, random: this.#random };
    this.#trees = [FollowedTree.byWatch(host), FollowedTree.bySubscription(host)];
  }

  /** Takes a step of each follower of the tree. */
  async stepTrees(): Promise<void> {
    for (const tree of this.#trees) await tree.step();
  }

  /** Stops a watch half of the time, and makes new ones until the population is complete. */
  churn(population: number): void {
    let live = this.#live;
    if (live.length > 0 && this.#random.chance(0.5)) {
      const leaver = this.#random.pick(live);
      leaver.stop();
      live = live.filter((watch) => watch !== leaver);
    }
    for (let count = live.length; count < population; count += 1) this.#makeWatch();
  }

  /** Sends a request through the proxies: its promise must settle, and a read must never return an older state. */
  async probe(): Promise<void> {
    this.#arena.chronicle.probes += 1;
    const random = this.#random;
    if (random.chance(0.3)) return this.#probeWrite();
    const path = this.#relative(random.pick([...this.#arena.data, ...this.#arena.groups]));
    const before = this.#seen.get(path) ?? 0n;
    try {
      const stat = await this.#track(`getData ${path}`, this.client.getData(path), PATIENCE.attempts).then(
        (read) => read.stat,
      );
      if (stat.mzxid < before) {
        this.#violation(`read mzxid ${stat.mzxid} of ${path} after ${before}`);
      }
      const seen = this.#seen.get(path) ?? 0n;
      if (stat.mzxid > seen) this.#seen.set(path, stat.mzxid);
    } catch (error) {
      this.#check(`getData ${path}`, error, ['NO_NODE', 'CONNECTION_LOSS', 'CLIENT_CLOSED']);
    }
  }

  async close(): Promise<void> {
    this.log.add(`close() in ${this.client.state}`);
    const closing = this.watchdog.track(`close() of ${this.name}`, this.client.close(), CLOSE_WITHIN);
    for (const { audit } of this.#watches) audit.see({ what: 'ended', reason: 'client-closed' });
    await closing;
    for (const tree of this.#trees) await tree.close();
    for (const trail of this.#trails.values()) trail.close();
  }

  async #probeWrite(): Promise<void> {
    const path = this.#prefix ? '/own' : `${this.#arena.tree.root}/own`;
    try {
      await this.#track(`setData ${path}`, this.client.setData(path, this.name), 1);
    } catch (error) {
      this.#check(`setData ${path}`, error, ['CONNECTION_LOSS', 'SESSION_EXPIRED', 'CLIENT_CLOSED']);
    }
  }

  #makeWatch(): void {
    const { data, groups } = this.#arena;
    this.#made += 1;
    const random = this.#random;
    const aspect: Aspect = random.chance(0.5) ? 'data' : 'children';
    // Half of them share two paths, so that these have many watches.
    const histories = aspect === 'data' ? data : groups;
    const history = random.pick(random.chance(0.5) ? histories.slice(0, 2) : histories);
    const path = this.#relative(history);
    const isPatient = aspect === 'children' && random.chance(0.3);
    const name = `${this.name}.${isPatient ? 'patient' : aspect}.${this.#made}:${history.path}`;
    const trail = this.#trail(aspect, history);
    const hasErrorListener = this.#made % UNHEARD !== 0;
    const makeAudit: MakeAudit = (waitsForNode) => {
      if (aspect === 'children' && waitsForNode) this.#waitedFor.add(history.path);
      return new WatchAudit({ name, trail, path, aspect, waitsForNode, isPatient, hasErrorListener });
    };
    // The patient loop itself waits for a missing znode.
    if (isPatient) this.#watches.push(new PatientLoop(this, makeAudit(true), path, random));
    else if (aspect === 'data') this.#watches.push(auditDataWatch(this, makeAudit, path, random));
    else this.#watches.push(auditChildrenWatch(this, makeAudit, path, random));
  }

  #trail(aspect: Aspect, history: PathHistory): Trail {
    const key = `${aspect}:${history.path}`;
    const trail = this.#trails.get(key) ?? new Trail(history, this, this.#arena.chronicle);
    this.#trails.set(key, trail);
    return trail;
  }

  #relative({ path }: PathHistory): string {
    return path.slice(this.#prefix.length);
  }

  #track<T>(name: string, promise: Promise<T>, attempts: number): Promise<T> {
    const within = attempts * (PATIENCE.sessionTimeouts * this.#arena.sessionTimeout + PATIENCE.pause);
    return this.watchdog.track(`${name} of ${this.name}`, promise, within);
  }

  #onState(state: ClientState): void {
    const { chronicle } = this.#arena;
    this.log.add(`${state}, session 0x${(this.client.sessionId ?? 0n).toString(16)}`);
    this.connectedSince = state === 'connected' ? performance.now() : null;
    if (state === 'connected' && ++this.#connections > 1) chronicle.reconnections += 1;
    if (state === 'connected' && this.client.epoch > 0) this.#violation('accepted an older history');
    if (state !== 'lost') return;
    const violation = sessionLost(this.#isTroubled);
    if (violation) chronicle.violation({ ...violation, message: `${this.name} ${violation.message}` }, this.log);
    this.losses += 1;
    chronicle.sessionsLost += 1;
    for (const watch of this.#watches) watch.sessionLost();
  }

  /** Whether faults may have an effect now. */
  get #isTroubled(): boolean {
    const recently = performance.now() - AFTERMATH * this.#arena.sessionTimeout;
    return this.#arena.chronicle.trouble.since(recently);
  }

  /** Faults cut handshakes and change bytes, which TLS reports as an error. */
  #isTroubleOfTls(code: unknown): boolean {
    return code === 'TLS_FAILED' && this.#isTroubled;
  }

  #check(what: string, error: unknown, expected: readonly string[]): void {
    const code = error instanceof ZooKeeperError ? error.code : '';
    const isClosed = code !== 'CLIENT_CLOSED' || this.client.state === 'closed';
    if (!expected.includes(code) || !isClosed) this.#violation(`${what} failed: ${String(error)}`);
  }

  #violation(what: string): void {
    this.#arena.chronicle.violation(`${this.name}: ${what}`, this.log);
  }

  #logger() {
    const debug = (details: { err?: Error }, message: string): void => {
      // One of many of its kind comes at debug level, and is counted by a later line.
      if (reportedToLogger(details.err)) return;
      this.log.add(`${message} ${details.err?.message ?? ''}`);
    };
    const warn = (_: object, message: string): void => this.log.add(`warns: ${message}`);
    const error = (details: { err?: unknown; code?: string; times?: number }, message: string): void => {
      if (reportedToLogger(details.err) || details.times !== undefined) return;
      if (this.#isTroubleOfTls(details.code)) return warn(details, message);
      this.#violation(`logged an error: ${message} ${String(details.err ?? '')}`);
    };
    return { debug, info: warn, warn, error };
  }
}
