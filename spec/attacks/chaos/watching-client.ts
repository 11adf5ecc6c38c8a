import { type ClientState, ZooKeeperClient, ZooKeeperError } from '../../../index.js';
import { SeededRandom } from '../../../testing/seeded-random.js';
import { type Audited, auditChildrenWatch, auditDataWatch, type WatchHost } from './audited-watch.js';
import { type Chronicle, Log } from './chronicle.js';
import type { PathHistory } from './path-history.js';
import { PatientLoop } from './patient-loop.js';
import type { PromiseWatchdog } from './promise-watchdog.js';
import { type Connectivity, Trail } from './trail.js';
import { WatchAudit } from './watch-audit.js';
import type { Truth } from './writer.js';

/** Each attempt may wait a session timeout for a connection, another one for the answer, and there are pauses in between. */
const PATIENCE = { attempts: 8, pause: 2_000, sessionTimeouts: 2 };
const CLOSE_WITHIN = 4_000;
/** The longest that connect() waits. */
const CONNECT_TIMEOUT = 15_000;

/** What a run has for all of its clients. */
export interface Arena {
  readonly chronicle: Chronicle;
  readonly watchdog: PromiseWatchdog;
  readonly sessionTimeout: number;
  /** Through the proxies, without a chroot. */
  readonly connectString: string;
  /** Above all that is watched. */
  readonly root: string;
  readonly data: readonly PathHistory[];
  readonly groups: readonly PathHistory[];
  readonly seed: number;
}

interface Entry extends Audited {
  readonly kind: 'data' | 'children';
  readonly history: PathHistory;
}

/** A client behind the proxies with watches of every kind, which come and go. */
export class WatchingClient implements WatchHost, Connectivity {
  readonly name: string;
  readonly client: ZooKeeperClient;
  readonly watchdog: PromiseWatchdog;
  readonly log: Log;
  readonly #arena: Arena;
  readonly #random: SeededRandom;
  /** What its chroot takes off a path. */
  readonly #prefix: string;
  readonly #trails = new Map<string, Trail>();
  readonly #seen = new Map<string, bigint>();
  #entries: Entry[] = [];
  #made = 0;
  #connections = 0;
  connectedSince: number | null = null;
  losses = 0;

  /**
   * @param isRooted whether it is to have a chroot
   * @param isImpatient whether it is not to try reads again, so that the watches must
   */
  constructor(arena: Arena, name: string, isRooted: boolean, isImpatient: boolean) {
    this.name = name;
    this.#arena = arena;
    this.watchdog = arena.watchdog;
    this.log = new Log(name);
    this.#random = SeededRandom.of(arena.seed, name);
    this.#prefix = isRooted ? arena.root : '';
    const logger = this.#logger();
    const { sessionTimeout } = arena;
    const retry = isImpatient ? { maxAttempts: 1 } : {};
    this.client = new ZooKeeperClient(`${arena.connectString}${this.#prefix}`, { sessionTimeout, logger, retry });
    this.client.on('state', (state) => this.#onState(state));
  }

  /** The watches that live and were not last told what the server holds. */
  behind(truths: ReadonlyMap<PathHistory, Truth>): readonly Entry[] {
    return this.#entries.filter(({ audit, history }) => {
      const truth = truths.get(history);
      return truth !== undefined && !audit.isOver && !audit.agrees(truth.key, truth.stat);
    });
  }

  async connect(): Promise<void> {
    const within = CONNECT_TIMEOUT + 2_000;
    const connecting = this.client.connect({ timeout: CONNECT_TIMEOUT });
    try {
      await this.watchdog.track(`connect() of ${this.name}`, connecting, within);
    } catch (error) {
      this.#check('connect()', error, ['CONNECT_TIMEOUT', 'CLIENT_CLOSED']);
    }
  }

  /** Lets some watches go, and makes others until there are so many. */
  churn(population: number): void {
    this.#entries = this.#entries.filter(({ audit }) => !audit.isOver);
    if (this.#entries.length > 0 && this.#random.chance(0.5)) {
      const leaver = this.#random.pick(this.#entries);
      leaver.stop();
      this.#entries = this.#entries.filter((entry) => entry !== leaver);
    }
    while (this.#entries.length < population) this.#makeWatch();
  }

  /** A request through the proxies, whose promise must settle; what is read never goes back in time. */
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
    for (const { audit } of this.#entries) audit.over('the client is closed');
    await closing;
    for (const trail of this.#trails.values()) trail.close();
  }

  /** Every watch has the final state. */
  caughtUp(): void {
    for (const trail of this.#trails.values()) trail.caughtUp();
    for (const { audit } of this.#entries) audit.caughtUp();
  }

  async #probeWrite(): Promise<void> {
    const path = this.#prefix ? '/own' : `${this.#arena.root}/own`;
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
    const kind = random.chance(0.5) ? 'data' : 'children';
    // Half of all on a few paths, so that some have many watches.
    const histories = kind === 'data' ? data : groups;
    const history = random.pick(random.chance(0.5) ? histories.slice(0, 2) : histories);
    const path = this.#relative(history);
    const isPatient = kind === 'children' && random.chance(0.3);
    const name = `${this.name}.${isPatient ? 'patient' : kind}.${this.#made}:${history.path}`;
    const audit = new WatchAudit(name, this.#trail(kind, history), isPatient);
    const watch = isPatient
      ? new PatientLoop(this, audit, path, random)
      : kind === 'data'
        ? auditDataWatch(this, audit, path, random)
        : auditChildrenWatch(this, audit, path, random);
    this.#entries.push({ audit, kind, history, stop: () => watch.stop() });
  }

  #trail(kind: string, history: PathHistory): Trail {
    const key = `${kind}:${history.path}`;
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
    this.losses += 1;
    chronicle.sessionsLost += 1;
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
      this.log.add(`${message} ${details.err?.message ?? ''}`);
    };
    const warn = (_: object, message: string): void => this.log.add(`warns: ${message}`);
    const error = (details: { err?: unknown }, message: string): void => {
      this.#violation(`logged an error: ${message} ${String(details.err ?? '')}`);
    };
    return { debug, info: warn, warn, error };
  }
}
