import { expect } from 'vitest';
import { DataWatch, ZooKeeperError } from '../../../index.js';
import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { ConnectionLossError, NoAuthError } from '../../../lib/core/errors.js';
import { FaithfulClient } from '../../../testing/faithful-client.js';
import type { FakeClient } from '../../../testing/fake-client.js';
import type { FakeSnapshot } from '../../../testing/fake-tree.js';
import { turn, type VirtualClock } from '../../../testing/virtual-clock.js';
import { type Aspect, NO_ZNODE, type WatchState } from '../../oracle/moment.js';
import { Neighbour } from '../../oracle/neighbour.js';
import { printViolation, type Violation } from '../../oracle/rules.js';
import { serverWatchViolations } from '../../oracle/server-watches.js';
import { reportedToLogger } from '../../oracle/thrown-errors.js';
import { WatchOracle } from '../../oracle/watch-oracle.js';
import { ChildrenAndStatWatch } from './children-and-stat-watch.js';
import { ModelHistory } from './model-history.js';
import { type Manner, PATHS, type WatchStep } from './watch-steps.js';

const LONGER_THAN_ANY_RETRY = 60_000;
const LATER = 30;
/** None of them is `false`. */
const FALSY = [undefined, null, 0, ''];
/** Every third watch has no error listener: its errors go to the client's logger. */
const UNHEARD = 3;

const VIEWS = PATHS.flatMap((path) => [{ aspect: 'data', path } as const, { aspect: 'children', path } as const]);

interface Watched {
  readonly aspect: Aspect;
  readonly path: string;
  readonly watch: DataWatch | ChildrenAndStatWatch;
  readonly history: ModelHistory;
  readonly oracle: WatchOracle;
}

/** What a rig begins with. */
export interface WatchRigOptions {
  readonly beginsWithNodes: boolean;
  /** Whether each watch stands between two others of its znode, whose users harm all that they are given. */
  readonly hasNeighbours?: boolean;
}

/** Watches, their znodes and a client between the two. Every call is checked by the oracle. */
export class WatchRig {
  readonly client: FakeClient;
  readonly violations: Violation[] = [];
  readonly #clock: VirtualClock;
  readonly #watched: Watched[] = [];
  readonly #hasNeighbours: boolean;
  readonly #neighbours: { readonly aspect: Aspect; readonly path: string; readonly watch: Neighbour }[] = [];
  #release: (() => void) | null = null;
  #lagging: FakeSnapshot | null = null;
  /** Whether synchronous work of the library is in progress. */
  #isWithin = false;
  #changes = 0;
  #linesRead = 0;
  readonly #past: { readonly aspect: Aspect; readonly path: string; readonly state: WatchState }[] = [];

  constructor(clock: VirtualClock, client: FakeClient, { beginsWithNodes, hasNeighbours = false }: WatchRigOptions) {
    this.#clock = clock;
    this.client = client;
    this.#hasNeighbours = hasNeighbours;
    if (beginsWithNodes) for (const path of PATHS) client.tree.create(path);
  }

  async do(step: WatchStep): Promise<void> {
    if (step.do === 'pass') return this.#clock.pass(step.ms);
    if (step.do === 'rest') return this.#rest();
    this.#isWithin = true;
    this.#act(step);
    this.#isWithin = false;
    // Without a turn: several changes may arrive as one.
  }

  /** Brings everything to rest and checks that no rule was broken. */
  async finish(): Promise<void> {
    await this.#rest();
    for (const { watch } of this.#neighbours) watch.stop();
    for (const { watch, oracle } of this.#watched) {
      watch.stop();
      oracle.see({ what: 'ended', reason: 'stopped' });
    }
    await this.#clock.pass(LATER);
    this.#readLog();
    for (const { oracle, watch } of this.#watched) oracle.see({ what: 'rest', isStopped: watch.stopped });
  }

  expectKept(): void {
    expect(this.violations.map(printViolation)).toEqual([]);
  }

  /** Every watch has stopped: the client and the clock must keep nothing. */
  expectNothingLeft(): void {
    expect(this.client.listenerCount).toBe(0);
    expect(this.#clock.pendingTimers).toBe(0);
    if (this.client instanceof FaithfulClient) expect(this.client.armedPaths).toEqual([]);
  }

  #act(step: Exclude<WatchStep, { do: 'pass' | 'rest' }>): void {
    const { client } = this;
    if (step.do === 'watch') this.#watch(step);
    else if (step.do === 'stop') this.#stop(this.#watched[step.nth]);
    else if (step.do === 'hold') this.#release ??= client.hold();
    else if (step.do === 'release') this.#releaseAnswers();
    else if (step.do === 'lag') this.#lagging ??= client.tree.snapshot();
    else if (step.do === 'fail') this.#fail(step.of);
    else if (step.do === 'connected') this.#connect();
    else if (step.do === 'suspended') {
      if (client.state === 'connected') client.become('suspended');
    } else if (step.do === 'lost') this.#lose();
    else if (step.do === 'reconnected') {
      if (client.state === 'connected') client.become('suspended');
      this.#connect();
    } else this.#change(step.do, step.path);
  }

  #connect(): void {
    if (this.client.state === 'connected') return;
    const mayLag = !(this.client instanceof FaithfulClient);
    this.#readFrom(mayLag ? this.#lagging : null);
    this.client.become('connected');
  }

  #lose(): void {
    if (this.client.state === 'connected') this.client.become('suspended');
    if (this.client.state === 'suspended') this.client.become('lost');
  }

  /** A missing znode has no zxid to compare: a lagging server shows its deletion and creation once more. */
  #readFrom(server: FakeSnapshot | null): void {
    const before = this.client.stale;
    this.client.stale = server;
    // There and back: a read of just before may be delivered just after.
    for (const lagging of [before, server]) if (lagging) this.#setBack(lagging);
  }

  #setBack(to: FakeSnapshot): void {
    for (const { aspect, path, oracle, history } of this.#watched) {
      const now = this.#stateOf(aspect, path);
      if (now.contents === null || to.get(path)) continue;
      oracle.see({ what: 'set-back' });
      history.changed(NO_ZNODE);
      history.changed(now);
    }
  }

  #fail(of: string | null): void {
    const errors: Record<string, () => unknown> = {
      NO_AUTH: () => new NoAuthError('not for you'),
      CONNECTION_LOSS: () => new ConnectionLossError('gone'),
      SYSTEM_ERROR: () => new ZooKeeperError('SYSTEM_ERROR', 'odd'),
    };
    this.client.readError = () => (of === null ? undefined : errors[of]?.());
  }

  #releaseAnswers(): void {
    this.#release?.();
    this.#release = null;
  }

  #watch(step: Extract<WatchStep, { do: 'watch' }>): void {
    this.#addNeighbour(step);
    this.#addWatch(step);
    this.#addNeighbour(step);
  }

  #addNeighbour({ aspect, path }: Extract<WatchStep, { do: 'watch' }>): void {
    if (!this.#hasNeighbours) return;
    const watch = new Neighbour(this.client, path, aspect, this.#neighbours.length);
    this.#neighbours.push({ aspect, path, watch });
  }

  #addWatch({ aspect, path, waits, manners }: Extract<WatchStep, { do: 'watch' }>): void {
    const history = new ModelHistory();
    for (const state of this.#pastOf(aspect, path)) history.changed(state);
    const oracle = new WatchOracle({
      ...{ path, aspect, history, waitsForNode: aspect === 'data' || waits },
      onViolation: (violation) => this.violations.push(violation),
      isReadError: (error) => error instanceof ZooKeeperError,
    });
    const called = (state: WatchState, event: WatchedEvent | null) => {
      oracle.see({ what: 'called', state, event, isInside: this.#isWithin });
      const manner = manners[(oracle.calls - 1) % manners.length] ?? 'returns';
      return this.#behave(manner, oracle, () => this.#stop(watched));
    };
    const watch =
      aspect === 'data'
        ? new DataWatch(this.client, path, (data, stat, event) =>
            called(stat ? { mark: stat.mzxid, contents: String(data) } : NO_ZNODE, event),
          )
        : new ChildrenAndStatWatch(this.client, path, waits, ({ children, stat }, event) =>
            called(stat ? { mark: stat.pzxid, contents: String(children) } : NO_ZNODE, event),
          );
    oracle.see({ what: 'constructed' });
    const watched = { aspect, path, watch, history, oracle };
    if (this.#watched.length % UNHEARD !== UNHEARD - 1)
      watch.on('error', (error) => oracle.see({ what: 'reported', error }));
    watch.on('stop', (reason) => oracle.see({ what: 'stopped', reason }));
    this.#watched.push(watched);
  }

  /** The states that a new watch may read: also past ones, from a lagging server or by a read already on its way. */
  #pastOf(aspect: Aspect, path: string): WatchState[] {
    const now = this.#stateOf(aspect, path);
    const isShared = this.#watched.some(
      (other) => other.aspect === aspect && other.path === path && !other.watch.stopped,
    );
    if (!isShared && !this.#hasNeighbours && !this.#lagging && !this.client.stale) return [now];
    const past = this.#past.filter((each) => each.aspect === aspect && each.path === path);
    return [...past.map(({ state }) => state), now];
  }

  #behave(manner: Manner, oracle: WatchOracle, stop: () => void): unknown {
    const result = manner.startsWith('false') ? false : FALSY[this.#changes % FALSY.length];
    const settle = () => {
      if (!manner.startsWith('throws')) {
        oracle.see({ what: 'settled', how: result === false ? 'false' : 'value' });
        return result;
      }
      const error = new Error(manner);
      oracle.see({ what: 'settled', how: 'threw', error });
      throw error;
    };
    if (manner === 'stops itself') stop();
    return manner.endsWith('later') ? new Promise((resolve) => setTimeout(resolve, LATER)).then(settle) : settle();
  }

  #stop(watched: Watched | undefined): void {
    if (!watched || watched.watch.stopped) return;
    watched.watch.stop();
    watched.oracle.see({ what: 'ended', reason: 'stopped' });
  }

  #change(how: 'create' | 'set' | 'delete' | 'replace' | 'acl' | 'child', path: string): void {
    const { tree } = this.client;
    this.#changes += 1;
    const value = `value ${this.#changes}`;
    const node = tree.get(path);
    const child = `${path}/only`;
    if (how === 'create' ? node : !node) return;
    const isInTheWay = node && node.children.length > 0 && (how === 'delete' || how === 'replace');
    if (isInTheWay) this.#change('child', path);
    const before = VIEWS.map((view) => ({ ...view, was: this.#stateOf(view.aspect, view.path) }));
    if (how === 'create') tree.create(path, value);
    else if (how === 'set') tree.set(path, value);
    else if (how === 'acl') tree.touchAcl(path);
    else if (how === 'child') node?.children.length ? tree.delete(child) : tree.create(child);
    else if (how === 'delete') tree.delete(path);
    else tree.replace(path, value);
    for (const { aspect, path, was } of before) {
      const state = this.#stateOf(aspect, path);
      if (state.mark === was.mark) continue;
      this.#past.push({ aspect, path, state: was }, { aspect, path, state });
      for (const watched of this.#watched) {
        if (watched.aspect === aspect && watched.path === path) watched.history.changed(state);
      }
    }
    if (this.client instanceof FaithfulClient) this.client.changed();
  }

  #stateOf(aspect: Aspect, path: string): WatchState {
    const node = this.client.tree.get(path);
    if (!node) return NO_ZNODE;
    return aspect === 'data'
      ? { mark: node.mzxid, contents: node.data.toString() }
      : { mark: node.pzxid, contents: node.children.join() };
  }

  async #rest(): Promise<void> {
    this.#fail(null);
    this.#lagging = null;
    this.#readFrom(null);
    if (this.client.state === 'connected') this.client.become('suspended');
    this.#releaseAnswers();
    this.client.become('connected');
    await this.#clock.pass(LONGER_THAN_ANY_RETRY);
    await turn();
    this.#readLog();
    for (const { oracle, watch } of this.#watched) oracle.see({ what: 'rest', isStopped: watch.stopped });
    this.#checkServerWatches();
  }

  #readLog(): void {
    const lines = this.client.logger.items;
    for (const { level, details } of lines.slice(this.#linesRead)) {
      if (level === 'error' || level === 'debug') reportedToLogger((details as { err?: unknown }).err);
    }
    this.#linesRead = lines.length;
  }

  #checkServerWatches(): void {
    if (!(this.client instanceof FaithfulClient)) return;
    const neighbours = this.#neighbours.filter(({ watch }) => !watch.isOver);
    const live = [...neighbours, ...this.#watched.filter(({ watch }) => !watch.stopped)];
    const views = new Map(live.map(({ aspect, path }) => [`${aspect} ${path}`, path]));
    const needed = [...views.values()];
    this.violations.push(...serverWatchViolations({ held: this.client.armedPaths, needed }));
  }
}
