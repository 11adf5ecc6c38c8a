import type { ClientState, Stat } from '../../../lib/core/coordination-client.js';
import { codeOf } from '../../../lib/core/errors.js';
import { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { CONNECTOR, RESOLVER } from '../../../lib/zookeeper/options.js';
import type { Aspect } from '../../oracle/moment.js';
import { Neighbour } from '../../oracle/neighbour.js';
import { oracleLogger } from '../../oracle/oracle-logger.js';
import { sessionLost } from '../../oracle/session-lost.js';
import { SUCCESSORS } from '../../support/client-states.js';
import { ClientHearing } from './client-hearing.js';
import { LONGEST_LAG } from './faults.js';
import type { HeldState } from './history.js';
import type { ObservedClient } from './observed-client.js';
import { ObservedPatience } from './observed-patience.js';
import { ObservedTree, TREE_ROOTS, type TreeEnd } from './observed-tree.js';
import { ObservedWatch, type WatchPlan } from './observed-watch.js';
import { ObservedWatcher } from './observed-watcher.js';
import type { Rig } from './rig.js';
import type { ServerLink } from './server-link.js';
import { ENSEMBLE } from './simulated-names.js';
import { isOutcomeUnknown, WRITES, write } from './user-writes.js';

const CLOSE_DEADLINE = 2_000;
/** The tolerance for timers and a blocked event loop, in ms. */
const GRACE = 100;
/** The longest wait of a write in session timeouts: one for a connection, two for the answer. */
const WRITE_BOUND = 3;
/** The most writes that deleting a branch takes. */
const WRITES_OF_DELETION = 20;
/** How long the client may leave a request unanswered, in session timeouts. */
const QUESTION_BOUND = 2;
/** How long the faults of a storm may cost a session after its end, in session timeouts. */
const AFTERMATH = 3;
/** The tolerance for a change of the client's state, in ms. */
const PROMPTNESS = 20;

/** A client and its user: compares every answer of the client with the history. */
export class UserClient implements ObservedClient {
  readonly client: ZooKeeperClient;
  readonly label: string;
  readonly watches: ObservedWatch[] = [];
  readonly watchers: ObservedWatcher[] = [];
  readonly patiences: ObservedPatience[] = [];
  readonly trees: ObservedTree[] = [];
  /** Where watches of trees have ended. */
  readonly #treeEnds: TreeEnd[] = [];
  readonly neighbours: { readonly path: string; readonly aspect: Aspect; readonly watch: Neighbour }[] = [];
  seen = 0n;
  readonly #rig: Rig;
  readonly #hearing: ClientHearing;
  #state: ClientState = 'latent';
  #sessionId: bigint | null = null;
  #isConnecting = false;
  /** The writes in flight: a server takes the next one when it has applied the one before. */
  #writing = 0;
  #made = 0;

  constructor(rig: Rig, label: string) {
    this.#rig = rig;
    this.#hearing = new ClientHearing(rig);
    this.label = label;
    const { random } = rig;
    const servers = rig.ensemble.servers.map(({ index }) => `s${index}:1`);
    const how = random.weighted({ one: 1, all: 2, name: 1 });
    const connectString = { one: random.pick(servers), all: servers.join(), name: `${ENSEMBLE}:1` }[how];
    const retry = { maxAttempts: random.pick([1, 2, 8]) };
    const options = { sessionTimeout: random.pick([500, 1_000, 2_000, 4_000]), retry, logger: oracleLogger };
    const fakes = { [CONNECTOR]: this.#hearing.connector, [RESOLVER]: rig.names.resolver };
    this.client = new ZooKeeperClient(connectString, { ...options, ...fakes } as object);
    this.client.on('state', (state) => this.#stateChanged(state));
    rig.trace(() => `${label} is made: ${connectString}, ${options.sessionTimeout} ms`);
  }

  /** The server's side of its latest connection. */
  get link(): ServerLink | null {
    return this.#hearing.connection?.link ?? null;
  }

  get isOpen(): boolean {
    return this.client.state !== 'closed';
  }

  /** The client's state must follow the silence of its server in time. */
  checkPromptness(): void {
    const { clock } = this.#rig;
    this.#checkQuestion();
    const { state, sessionTimeout } = this.client;
    const share = { connected: 2 / 3, suspended: 1 }[state as string];
    const silence = clock.now - this.#hearing.heardAt;
    if (share === undefined || silence < share * sessionTimeout + PROMPTNESS) return;
    const isExcused = this.#rig.blockedSince(this.#hearing.heardAt) > 0;
    this.#rig.require(isExcused, () => `${this.label} is ${state} after ${silence} ms of silence`);
  }

  connect(timeout?: number): void {
    if (this.#isConnecting || !this.isOpen) return;
    const { random } = this.#rig;
    this.#isConnecting = true;
    this.#rig.await(
      `${this.label}.connect()`,
      this.client.connect({ timeout: timeout ?? random.pick([100, 1_000, 15_000]) }),
      () => {
        this.#isConnecting = false;
      },
    );
  }

  close(): void {
    const { clock } = this.#rig;
    const since = clock.now;
    this.#rig.trace(() => `${this.label} is closed`);
    for (const watch of this.watches) watch.clientClosing();
    for (const watcher of this.watchers) watcher.clientClosing();
    for (const tree of this.trees) tree.clientClosing();
    for (const patience of this.patiences) patience.clientClosing();
    this.#rig.await(`${this.label}.close()`, this.client.close(), (_, error) => {
      this.#rig.require(error === undefined, () => `${this.label}.close() rejects with ${error}`);
      const late = clock.now - since - CLOSE_DEADLINE - this.#rig.blockedSince(since);
      this.#rig.require(late < GRACE, () => `${this.label}.close() takes ${late} ms too long`);
      clock.atClient(GRACE, () => this.#checkAllSettled());
    });
  }

  watch(plan: WatchPlan): void {
    if (!this.isOpen) return;
    this.watches.push(new ObservedWatch(this.#rig, this, plan, this.#label('watch')));
  }

  /** Makes a watch whose user harms all that it is given. Its client's other watches must not notice. */
  addNeighbour(path: string, aspect: Aspect): void {
    if (!this.isOpen) return;
    const watch = new Neighbour(this.client, path, aspect, this.neighbours.length);
    this.#rig.trace(() => `${this.label} has a neighbour of ${aspect} ${path}`);
    this.neighbours.push({ path, aspect, watch });
  }

  /** Follows a tree, from the end of an earlier watch half of the time; or stops to. */
  changeTrees(): void {
    if (!this.isOpen) return;
    const { random } = this.#rig;
    const live = this.trees.filter(({ isOver }) => !isOver);
    const leaver = random.chance(0.4) || live.length > 2 ? live.at(random.below(3)) : undefined;
    if (leaver) return void this.#treeEnds.push(leaver.stop());
    const end = random.chance(0.5) ? this.#treeEnds.pop() : undefined;
    const root = end?.root ?? random.pick(TREE_ROOTS);
    this.trees.push(new ObservedTree(this.#rig, this, root, this.#label('tree'), end));
  }

  bePatient(path: string): void {
    if (this.isOpen) this.patiences.push(new ObservedPatience(this.#rig, this, path, this.#label('patience')));
  }

  /** Reads, with a one-shot watcher or without. */
  read(path: string): void {
    const { random } = this.#rig;
    const how = random.weighted({ getData: 3, getChildren: 3, exists: 3 });
    const label = `${this.#label(how)} ${path}`;
    const watcher = random.chance(0.6) ? new ObservedWatcher(this.#rig, this, path, label) : undefined;
    const asked = this.seen;
    this.#rig.tally.reads += 1;
    this.#rig.trace(() => `${label}${watcher ? ' with a watcher' : ''}`);
    if (how === 'getData') {
      this.#rig.await(label, this.client.getData(path, watcher?.function), (value, error) => {
        const state = value && { mark: value.stat.mzxid, contents: String(value.data) };
        this.#answered(label, path, 'data', state, asked, error, watcher, 'data');
      });
    } else if (how === 'getChildren') {
      this.#rig.await(label, this.client.getChildren(path, watcher?.function), (value, error) => {
        const state = value && { mark: value.stat.pzxid, contents: [...value.children].sort().join() };
        this.#answered(label, path, 'children', state, asked, error, watcher, 'children');
      });
    } else {
      this.#rig.await(label, this.client.exists(path, watcher?.function), (value, error) => {
        this.#existed(label, path, value, asked, error, watcher);
      });
    }
  }

  /** Makes a change, whose reported outcome must be the real one. */
  write(path: string, name: string): void {
    const { random, history } = this.#rig;
    const data = this.#rig.newData();
    const since = this.#rig.clock.now;
    // Before it is connected the client has announced no session.
    const hasSession = this.client.state === 'connected' || this.client.state === 'suspended';
    const sessionId = hasSession ? this.client.sessionId : null;
    const how = random.weighted(WRITES);
    const label = `${this.#label(how)} ${path} ${data}`;
    this.#rig.trace(() => label);
    const weight = how === 'deleteRecursive' ? WRITES_OF_DELETION : 1;
    this.#writing += weight;
    const waiting = this.#writing * LONGEST_LAG;
    this.#rig.await(label, write(this.client, how, path, `${path}/${name}`, data), (_, error) => {
      this.#writing -= weight;
      const times = history.timesWritten(data);
      const demand = (holds: boolean, what: string) => this.#rig.require(holds, () => `${label} ${what}`);
      const writer = history.writerOf(data);
      const isOwn = sessionId === null || writer === undefined || writer === sessionId;
      demand(isOwn, `was meant for session ${sessionId} and was carried out by ${writer}`);
      const took = this.#rig.clock.now - since - this.#rig.blockedSince(since);
      const longest = WRITE_BOUND * this.client.sessionTimeout + GRACE + waiting;
      demand(how === 'deleteRecursive' || took < longest, `takes ${took} ms`);
      demand(times <= 1, `was carried out ${times} times`);
      if (how === 'delete' || how === 'deleteRecursive') return;
      if (error === undefined) demand(times === 1, 'was acknowledged and not carried out');
      else if (!isOutcomeUnknown(error)) demand(times === 0, `was carried out and failed with ${error}`);
    });
  }

  saw(zxid: bigint): void {
    if (zxid > this.seen) this.seen = zxid;
  }

  /** A server that leaves a request unanswered must be given up, though it answers pings. */
  #checkQuestion(): void {
    const asked = this.#hearing.connection?.openQuestion;
    if (asked === undefined || !this.isOpen || this.#rig.blockedSince(asked) > 0) return;
    const wait = this.#rig.clock.now - asked;
    const isDue = wait < QUESTION_BOUND * this.client.sessionTimeout + PROMPTNESS;
    this.#rig.require(
      isDue,
      () => `${this.label} has waited ${wait.toFixed(0)} ms for an answer, ${this.client.state}`,
    );
  }

  /** Only `ready` may still be pending, for a function that runs. */
  #checkAllSettled(): void {
    const late = this.#rig.pending.filter((label) => label.startsWith(`${this.label}.`));
    this.#rig.require(late.length === 0, () => `after ${this.label}.close() these do not settle: ${late.join(', ')}`);
  }

  #existed(
    label: string,
    path: string,
    stat: Stat | null | undefined,
    asked: bigint,
    error: unknown,
    watcher: ObservedWatcher | undefined,
  ): void {
    if (stat === undefined) return watcher?.notArmed();
    const { history } = this.#rig;
    const mark = stat?.mzxid ?? -1n;
    const state = { mark, contents: history.contentsOf(path, 'data', mark) };
    this.#answered(label, path, 'data', state, asked, error, watcher, stat ? 'data' : 'exist');
  }

  #answered(
    label: string,
    path: string,
    aspect: Aspect,
    state: HeldState | undefined,
    asked: bigint,
    error: unknown,
    watcher: ObservedWatcher | undefined,
    kind: 'data' | 'exist' | 'children',
  ): void {
    const result = state ?? (codeOf(error) === 'NO_NODE' ? { mark: -1n, contents: '' } : undefined);
    if (!state) watcher?.notArmed();
    if (!result) return;
    const span = this.#rig.history.spanOf(path, aspect, result, asked);
    const text = () => `${label} found "${result.contents}" of ${result.mark}`;
    if (!span) return this.#rig.fail(`${text()}, which never was`);
    this.#rig.require(span.to > asked, () => `${text()}, the past: the client knew of transaction ${asked}`);
    this.saw(span.from);
    if (state && watcher) {
      watcher.armed(kind, state.mark);
      if (!this.isOpen) watcher.clientClosing();
      this.watchers.push(watcher);
    }
  }

  #stateChanged(state: ClientState): void {
    this.#rig.trace(() => `${this.label} is ${state}`);
    const isRight = SUCCESSORS[this.#state].includes(state);
    this.#rig.require(isRight, () => `${this.label} goes from ${this.#state} to ${state}`);
    this.#state = state;
    const isUnnoticed = state === 'suspended' && this.#rig.isUnnoticed && !this.#hearing.wasMoved;
    this.#rig.require(!isUnnoticed, () => `${this.label} is suspended by an event loop that is busy in short pieces`);
    if (state === 'connected') this.#sessionId = this.client.sessionId;
    if (state !== 'lost') return;
    const isGone = this.#sessionId === null || !this.#rig.ensemble.sessions.has(this.#sessionId);
    const isSilent = this.#rig.clock.now - this.#hearing.heardAt >= this.client.sessionTimeout - PROMPTNESS;
    this.#rig.require(isGone || isSilent, () => `${this.label} gives a session up that lives`);
    const isTroubled = this.#rig.clock.now - this.#rig.troubledUntil < AFTERMATH * this.client.sessionTimeout;
    const violation = sessionLost(isTroubled);
    if (violation) this.#rig.fail(`${this.label} ${violation.message}`, violation.rule);
    this.#rig.tally.sessionsLost += 1;
    for (const watch of this.watches) watch.sessionLost();
  }

  #label(what: string): string {
    this.#made += 1;
    return `${this.label}.${what}${this.#made}`;
  }
}
