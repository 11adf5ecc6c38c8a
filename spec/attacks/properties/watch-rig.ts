import { expect } from 'vitest';
import { DataWatch } from '../../../index.js';
import { makeError, NoAuthError } from '../../../lib/core/errors.js';
import type { FakeClient, FakeSnapshot } from '../../../testing/fake-client.js';
import { turn, type VirtualClock } from '../../../testing/virtual-clock.js';
import { ChildrenAndStatWatch } from './children-and-stat-watch.js';
import { type Content, type Kind, type Moment, violationsOf } from './delivery-contract.js';
import { FaithfulClient } from './faithful-client.js';
import { type Manner, PATHS, type WatchStep } from './watch-steps.js';

const LONGER_THAN_ANY_RETRY = 60_000;
const LATER = 30;
/** None of them is `false`. */
const FALSY = [undefined, null, 0, ''];

const LOOKS = PATHS.flatMap((path) => [{ kind: 'data', path } as const, { kind: 'children', path } as const]);

interface Watched {
  readonly kind: Kind;
  readonly path: string;
  readonly watch: DataWatch | ChildrenAndStatWatch;
  readonly moments: Moment[];
}

/** Watches, what they watch and a client between the two, all of it recorded for the delivery contract. */
export class WatchRig {
  readonly #clock: VirtualClock;
  readonly client: FakeClient;
  readonly #watched: Watched[] = [];
  readonly #thrown = new Set<unknown>();
  #release: (() => void) | null = null;
  #lagging: FakeSnapshot | null = null;
  /** Synchronous work of the library in progress. */
  #isWithin = false;
  #changes = 0;
  readonly #history: { readonly kind: Kind; readonly path: string; readonly to: Content | null }[] = [];

  constructor(clock: VirtualClock, client: FakeClient, beginsWithNodes: boolean) {
    this.#clock = clock;
    this.client = client;
    if (beginsWithNodes) for (const path of PATHS) client.tree.create(path);
  }

  async do(step: WatchStep): Promise<void> {
    if (step.do === 'pass') return this.#clock.pass(step.ms);
    if (step.do === 'rest') return this.#rest();
    this.#isWithin = true;
    this.#act(step);
    this.#isWithin = false;
    // Without a turn: several steps may come as one.
  }

  /** All was kept, and nothing is left. */
  async end(): Promise<void> {
    await this.#rest();
    this.#expectSharing();
    for (const { watch } of this.#watched) watch.stop();
    await this.#clock.pass(LATER);
    for (const { moments, kind } of this.#watched) expect(violationsOf(moments, kind)).toEqual([]);
    expect(this.client.listenerCount).toBe(0);
    expect(this.#clock.pendingTimers).toBe(0);
    if (this.client instanceof FaithfulClient) expect(this.client.watchers).toBe(0);
  }

  #act(step: Exclude<WatchStep, { do: 'pass' | 'rest' }>): void {
    const { client } = this;
    if (step.do === 'watch') this.#watch(step);
    else if (step.do === 'stop') this.#stop(this.#watched[step.nth]);
    else if (step.do === 'hold') this.#release ??= client.hold();
    else if (step.do === 'release') this.#letGo();
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

  /** A znode that is missing has no zxid to tell the past by: its deletion and creation are then seen again. */
  #readFrom(server: FakeSnapshot | null): void {
    const before = this.client.stale;
    this.client.stale = server;
    // There and back: what was read just before may be told just after.
    for (const lagging of [before, server]) if (lagging) this.#goBack(lagging);
  }

  #goBack(to: FakeSnapshot): void {
    for (const { kind, path, moments } of this.#watched) {
      const now = this.#contentOf(kind, path);
      if (now && !to.get(path))
        moments.push({ what: 'set-back' }, { what: 'changed', to: null }, { what: 'changed', to: now });
    }
  }

  #fail(of: string | null): void {
    const errors: Record<string, () => unknown> = {
      NO_AUTH: () => new NoAuthError('not for you'),
      CONNECTION_LOSS: () => makeError('CONNECTION_LOSS', 'gone'),
      SYSTEM_ERROR: () => makeError('SYSTEM_ERROR', 'odd'),
    };
    this.client.readError = () => (of === null ? undefined : errors[of]?.());
  }

  #letGo(): void {
    this.#release?.();
    this.#release = null;
  }

  #watch({ kind, path, waits, manners }: Extract<WatchStep, { do: 'watch' }>): void {
    const moments: Moment[] = this.#pastOf(kind, path).map((to) => ({ what: 'changed', to }));
    let calls = 0;
    const called = (content: Content | null, event: Extract<Moment, { what: 'called' }>['event']): unknown => {
      moments.push({ what: 'called', with: content, event, isWithin: this.#isWithin });
      const manner = manners[calls % manners.length] ?? 'returns';
      calls += 1;
      return this.#behave(manner, moments, () => this.#stop(watched));
    };
    const watch =
      kind === 'data'
        ? new DataWatch(this.client, path, (data, stat, event) =>
            called(stat && { mark: stat.mzxid, value: String(data) }, event?.type ?? null),
          )
        : new ChildrenAndStatWatch(this.client, path, waits, ({ children, stat }, event) =>
            called(stat && { mark: stat.pzxid, value: String(children) }, event?.type ?? null),
          );
    const watched = { kind, path, watch, moments };
    watch.on('error', (error) => {
      if (this.#thrown.delete(error)) moments.push({ what: 'reported' });
    });
    watch.on('stop', (reason) => moments.push({ what: 'stopped', reason }));
    this.#watched.push(watched);
  }

  /**
   * What a new watch may be shown, the last being what there is: a lagging server has the past, and a read that was
   * already on the way for another watch.
   */
  #pastOf(kind: Kind, path: string): (Content | null)[] {
    const now = this.#contentOf(kind, path);
    const isShared = this.#watched.some((other) => other.kind === kind && other.path === path && !other.watch.stopped);
    if (!isShared && !this.#lagging && !this.client.stale) return [now];
    return [...this.#history.filter((past) => past.kind === kind && past.path === path).map(({ to }) => to), now];
  }

  #behave(manner: Manner, moments: Moment[], stop: () => void): unknown {
    const how = manner.startsWith('false') ? 'false' : manner.startsWith('throws') ? 'threw' : 'value';
    const result = how === 'false' ? false : FALSY[this.#changes % FALSY.length];
    const settle = () => {
      moments.push({ what: 'settled', how });
      if (how !== 'threw') return result;
      const error = new Error(manner);
      this.#thrown.add(error);
      throw error;
    };
    if (manner === 'stops itself') stop();
    return manner.endsWith('later') ? new Promise((resolve) => setTimeout(resolve, LATER)).then(settle) : settle();
  }

  #stop(watched: Watched | undefined): void {
    if (!watched || watched.watch.stopped) return;
    watched.watch.stop();
    watched.moments.push({ what: 'stopped', reason: 'stop()' });
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
    const before = LOOKS.map((look) => ({ ...look, was: this.#contentOf(look.kind, look.path) }));
    if (how === 'create') tree.create(path, value);
    else if (how === 'set') tree.set(path, value);
    else if (how === 'acl') tree.touchAcl(path);
    else if (how === 'child') node?.children.length ? tree.delete(child) : tree.create(child);
    else if (how === 'delete') tree.delete(path);
    else tree.replace(path, value);
    for (const { kind, path, was } of before) {
      const to = this.#contentOf(kind, path);
      if (to?.mark === was?.mark) continue;
      this.#history.push({ kind, path, to: was }, { kind, path, to });
      for (const watched of this.#watched) {
        if (watched.kind === kind && watched.path === path) watched.moments.push({ what: 'changed', to });
      }
    }
    if (this.client instanceof FaithfulClient) this.client.tell();
  }

  #contentOf(kind: Kind, path: string, at: FakeSnapshot | FakeClient['tree'] = this.client.tree): Content | null {
    const node = at.get(path);
    if (!node) return null;
    return kind === 'data'
      ? { mark: node.mzxid, value: node.data.toString() }
      : { mark: node.pzxid, value: node.children.join() };
  }

  async #rest(): Promise<void> {
    this.#fail(null);
    this.#lagging = null;
    this.#readFrom(null);
    if (this.client.state === 'connected') this.client.become('suspended');
    this.#letGo();
    this.client.become('connected');
    await this.#clock.pass(LONGER_THAN_ANY_RETRY);
    await turn();
    for (const { moments } of this.#watched) moments.push({ what: 'rest' });
  }

  /** One watch on the server for all watches of a path. */
  #expectSharing(): void {
    if (!(this.client instanceof FaithfulClient)) return;
    const looked = this.#watched.filter(({ watch }) => !watch.stopped).map(({ kind, path }) => `${kind} ${path}`);
    expect(this.client.watchers).toBe(new Set(looked).size);
  }
}
