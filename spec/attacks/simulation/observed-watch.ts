import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { ChildrenWatch } from '../../../recipes/watches/children-watch.js';
import { DataWatch } from '../../../recipes/watches/data-watch.js';
import type { StopReason } from '../../../recipes/watches/node-watch.js';
import type { Aspect, Told } from './history.js';
import type { Rig } from './rig.js';
import type { UserClient } from './user-client.js';

/** How a watch is made. */
export interface WatchPlan {
  readonly path: string;
  readonly aspect: Aspect;
  readonly waitForNode: boolean;
  readonly allowSessionLost: boolean;
  readonly sendEvent: boolean;
}

/** The mark of children that were not so, or not again, after what was told before. */
const UNKNOWN = -2n;
const MISSING: Told = { mark: -1n, contents: '' };

/** A DataWatch or a ChildrenWatch with a user who behaves in every way, and who holds each call against the contract. */
export class ObservedWatch {
  readonly plan: WatchPlan;
  readonly #rig: Rig;
  readonly #client: UserClient;
  readonly #watch: DataWatch | ChildrenWatch<boolean>;
  readonly #label: string;
  readonly #abort = new AbortController();
  #isMade = false;
  #isBusy = false;
  #isStopped = false;
  /** Why it is going to stop, by its user's will. */
  readonly #expected = new Set<StopReason>();
  #mustStop = false;
  #reason: StopReason | null = null;
  #last: Told | null = null;
  #calls = 0;
  #thrown = 0;
  #reported = 0;
  /** The transaction that what was delivered is as new as. */
  #seen: bigint;

  constructor(rig: Rig, client: UserClient, plan: WatchPlan, label: string) {
    this.#rig = rig;
    this.#client = client;
    this.plan = plan;
    this.#label = `${label} of ${plan.aspect} ${plan.path}`;
    this.#seen = client.seen;
    const { signal } = this.#abort;
    const isLate = rig.random.chance(0.2);
    if (plan.aspect === 'data') {
      const func = (data: Buffer | null, stat: { mzxid: bigint } | null, event: WatchedEvent | null) =>
        this.#called(stat && data ? { mark: stat.mzxid, contents: String(data) } : MISSING, event);
      const watch = new DataWatch(client.client, plan.path, isLate ? null : func, { signal });
      this.#watch = watch;
      if (isLate) watch.register(func);
    } else {
      const func = (children: string[] | null, event: WatchedEvent | null) =>
        this.#called(this.#toTold(children), event);
      const { waitForNode, allowSessionLost, sendEvent } = plan;
      const options = { waitForNode, allowSessionLost, sendEvent, signal };
      const watch = new ChildrenWatch(client.client, plan.path, isLate ? null : func, options);
      this.#watch = watch;
      if (isLate) watch.register(func as (children: string[]) => unknown);
    }
    this.#watch.on('stop', (reason) => this.#stopped(reason));
    this.#watch.on('error', () => {
      this.#reported += 1;
    });
    rig.await(`ready: ${this.#label}`, this.#watch.ready, (_, error) => {
      rig.require(error !== undefined || this.#calls > 0, () => `${this.#label} is ready before its first call`);
    });
    rig.tally.watches += 1;
    this.#isMade = true;
  }

  get isOver(): boolean {
    return this.#isStopped;
  }

  stop(): void {
    const how = this.#rig.random.weighted({ stop: 3, dispose: 1, abort: 2 });
    this.#trace(() => `is stopped by ${how}`);
    this.#expected.add(how === 'abort' ? 'aborted' : 'stopped');
    if (how === 'abort') this.#abort.abort();
    else if (how === 'stop') this.#watch.stop();
    else this.#watch[Symbol.dispose]();
    this.#isStopped = true;
  }

  /** The client is about to be closed: no call may begin any more. */
  clientClosing(): void {
    this.#expected.add('client-closed');
    this.#isStopped = true;
  }

  /** The session was lost. */
  sessionLost(): void {
    if (this.plan.aspect === 'data' || this.plan.allowSessionLost) return;
    this.#expected.add('session-lost');
    this.#mustStop = true;
  }

  /** Everything has come to rest: the last call must have had the last state. */
  checkAtRest(): void {
    const { history } = this.#rig;
    const { path, aspect, waitForNode } = this.plan;
    const demand = (holds: boolean, what: string) => this.#rig.require(holds, () => `${this.#label} ${what}`);
    demand(!this.#isStopped || this.#watch.stopped, 'goes on after it was stopped');
    if (!this.#isBusy) demand(this.#thrown === this.#reported, `threw ${this.#thrown} times, told ${this.#reported}`);
    if (this.#watch.stopped) return demand(this.#reason !== null, 'has stopped without saying so');
    demand(!this.#mustStop, 'has outlived its session');
    demand(!this.#isBusy, 'has a call that never ends');
    const now = history.latest(path, aspect);
    if (now.mark === -1n && aspect === 'children' && !waitForNode) demand(false, 'waits for a znode that is missing');
    const last = this.#last;
    const isSameMark = last?.mark === now.mark || (aspect === 'children' && last?.mark !== -1n && now.mark !== -1n);
    const isCurrent = last !== null && isSameMark && last.contents === now.contents;
    demand(isCurrent, `was last told ${print(last)}, but there is ${print(now)}`);
  }

  /** Children come without a stat: the oldest state with these names that is news is taken for what was meant. */
  #toTold(children: string[] | null): Told {
    if (children === null) return MISSING;
    const contents = children.join();
    const last = this.#last?.mark ?? -1n;
    const mark = this.#rig.history.nextChildren(this.plan.path, contents, last, this.#seen);
    return { mark: mark ?? UNKNOWN, contents };
  }

  #called(told: Told, event: WatchedEvent | null): unknown {
    this.#trace(() => `is told ${print(told)}, ${event?.type ?? 'no event'}`);
    this.#calls += 1;
    this.#rig.delivered();
    const demand = (holds: boolean, what: string) => this.#rig.require(holds, () => `${this.#label} ${what}`);
    demand(this.#isMade, 'is called inside its constructor');
    demand(!this.#isBusy, 'is called while it is being called');
    demand(!this.#isStopped, `is called after it was stopped (${this.#reason})`);
    demand(this.#client.client.state !== 'closed', 'is called after the client was closed');
    this.#checkState(told, demand);
    this.#checkEvent(told, event, demand);
    this.#last = told;
    return this.#behave();
  }

  #checkState(told: Told, demand: (holds: boolean, what: string) => void): void {
    const { path, aspect } = this.plan;
    const last = this.#last;
    const span = this.#rig.history.spanOf(path, aspect, told, this.#seen);
    if (!span) return demand(false, `is told ${print(told)}, which never was`);
    demand(span.to > this.#seen, `is told ${print(told)} after it knew of transaction ${this.#seen}: that is the past`);
    if (span.from > this.#seen) this.#seen = span.from;
    this.#client.saw(span.from);
    if (!last) return;
    if (aspect === 'data') {
      demand(told.mark !== last.mark, `is told ${print(told)} twice`);
      demand(told.mark === -1n || told.mark > last.mark, `is told ${print(told)} after ${print(last)}`);
    } else demand(told.mark !== -1n || last.mark !== -1n, 'is told twice that there is no znode');
  }

  #checkEvent(told: Told, event: WatchedEvent | null, demand: (holds: boolean, what: string) => void): void {
    if (event === null || event === undefined) return;
    const last = this.#last;
    if (!last) return demand(false, `has ${event.type} in its first call`);
    demand(event.path === this.plan.path, `has an event of ${event.path}`);
    const change = this.plan.aspect === 'data' ? 'NodeDataChanged' : 'NodeChildrenChanged';
    const right = told.mark === -1n ? 'NodeDeleted' : last.mark === -1n ? 'NodeCreated' : change;
    demand(event.type === right, `has ${event.type} beside ${print(told)} after ${print(last)}`);
  }

  /** What users do in their functions. */
  #behave(): unknown {
    const { random, clock, isCalm } = this.#rig;
    const plain = { nothing: 60, falsy: 5, resolved: 10 };
    const wild = { ...plain, slow: 15, throws: 3, rejects: 3, stops: 1, refuses: 1, refusesLater: 1, closes: 0.3 };
    const how = random.weighted<keyof typeof wild>(
      isCalm ? { ...wild, slow: 0, throws: 0, rejects: 0, stops: 0, refuses: 0, refusesLater: 0, closes: 0 } : wild,
    );
    switch (how) {
      case 'falsy':
        return random.pick([0, '', null, undefined, true]);
      case 'resolved':
        return this.#later(Promise.resolve(random.pick([undefined, 0, true])));
      case 'slow':
        return this.#later(new Promise((resolve) => clock.atClient(random.between(0, 600), () => resolve(undefined))));
      case 'throws':
        this.#thrown += 1;
        throw new Error('thrown by a user');
      case 'rejects':
        this.#thrown += 1;
        return this.#later(Promise.reject(new Error('rejected by a user')));
      case 'stops':
        this.stop();
        return undefined;
      case 'closes':
        this.#client.close();
        return undefined;
      case 'refuses':
        this.#expected.add('returned-false');
        this.#isStopped = true;
        return false;
      case 'refusesLater':
        return this.#later(
          new Promise((resolve) =>
            clock.atClient(random.between(0, 600), () => {
              this.#expected.add('returned-false');
              resolve(false);
            }),
          ),
        );
      default:
        return undefined;
    }
  }

  #later<T>(promise: Promise<T>): Promise<T> {
    this.#isBusy = true;
    return promise.finally(() => {
      this.#isBusy = false;
    });
  }

  #stopped(reason: StopReason): void {
    this.#trace(() => `has stopped: ${reason}`);
    const demand = (holds: boolean, what: string) => this.#rig.require(holds, () => `${this.#label} ${what}`);
    demand(this.#reason === null, `stops twice: ${this.#reason}, ${reason}`);
    this.#reason = reason;
    this.#isStopped = true;
    const { path, aspect, waitForNode } = this.plan;
    if (reason === 'no-node') {
      const missing = this.#rig.history.spanOf(path, aspect, MISSING, this.#seen);
      const wasMissing = missing !== undefined && missing.to > this.#seen;
      demand(aspect === 'children' && !waitForNode && wasMissing, 'stops for a znode that was not missing');
    } else demand(this.#expected.has(reason), `stops with ${reason}, which nobody caused`);
  }

  #trace(line: () => string): void {
    this.#rig.trace(() => `${this.#label} ${line()}`);
  }
}

function print(told: Told | null): string {
  if (!told) return 'nothing';
  return told.mark === -1n ? 'no znode' : `"${told.contents}" of ${told.mark}`;
}
