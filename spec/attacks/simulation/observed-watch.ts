import type { WatchedEvent } from '../../../lib/core/coordination-client.js';
import { ChildrenWatch, DataWatch } from '../../../recipes/watches/index.js';
import { type Aspect, type Moment, NO_ZNODE, printState, type WatchState } from '../../oracle/moment.js';
import { WatchOracle } from '../../oracle/watch-oracle.js';
import type { ObservedClient } from './observed-client.js';
import type { Rig } from './rig.js';
import { SimulatedHistory } from './simulated-history.js';

/** How a watch is made. */
export interface WatchPlan {
  readonly path: string;
  readonly aspect: Aspect;
  readonly waitForNode: boolean;
  readonly allowSessionLost: boolean;
  readonly sendEvent: boolean;
}

/** Every third watch has no error listener: its errors go to the client's logger. */
const UNHEARD = 3;

/** A DataWatch or a ChildrenWatch whose user behaves in every way. Every call is checked by the oracle. */
export class ObservedWatch {
  readonly plan: WatchPlan;
  readonly #rig: Rig;
  readonly #client: ObservedClient;
  readonly #watch: DataWatch | ChildrenWatch<boolean>;
  readonly #label: string;
  readonly #oracle: WatchOracle;
  readonly #abort = new AbortController();

  constructor(rig: Rig, client: ObservedClient, plan: WatchPlan, label: string) {
    this.#rig = rig;
    this.#client = client;
    this.plan = plan;
    const { path, aspect } = plan;
    this.#label = `${label} of ${aspect} ${path}`;
    this.#oracle = new WatchOracle({
      ...{ path, aspect, waitsForNode: aspect === 'data' || plan.waitForNode },
      history: new SimulatedHistory(rig, client, path, aspect),
      onViolation: ({ rule, message }) => rig.fail(`${this.#label} ${message}`, rule),
    });
    this.#watch = this.#make();
    this.#see({ what: 'constructed' });
    this.#watch.on('stop', (reason) => {
      this.#trace(() => `stops: ${reason}`);
      this.#see({ what: 'stopped', reason });
    });
    if (rig.tally.watches % UNHEARD !== 0) this.#watch.on('error', (error) => this.#see({ what: 'reported', error }));
    rig.await(`ready: ${this.#label}`, this.#watch.ready, (_, error) => {
      const isRight = error !== undefined || this.#oracle.calls > 0;
      rig.require(isRight, () => `${this.#label} is ready before its first call`, 'first-call');
    });
    rig.tally.watches += 1;
  }

  /** Whether no call may begin any more. */
  get isOver(): boolean {
    return this.#oracle.isOver;
  }

  stop(): void {
    const how = this.#rig.random.weighted({ stop: 3, dispose: 1, abort: 2 });
    this.#trace(() => `is stopped by ${how}`);
    if (how === 'abort') this.#abort.abort();
    else if (how === 'stop') this.#watch.stop();
    else this.#watch[Symbol.dispose]();
    this.#see({ what: 'ended', reason: how === 'abort' ? 'aborted' : 'stopped' });
  }

  /** The client is about to be closed: no call may begin any more. */
  clientClosing(): void {
    this.#see({ what: 'ended', reason: 'client-closed' });
  }

  sessionLost(): void {
    if (this.plan.aspect === 'data' || this.plan.allowSessionLost) return;
    this.#see({ what: 'stop-due', reason: 'session-lost', must: true });
  }

  /** Every change was long ago: the last call must have the last state. */
  checkAtRest(): void {
    this.#see({ what: 'rest', isStopped: this.#watch.stopped });
  }

  #make(): DataWatch | ChildrenWatch<boolean> {
    const { plan } = this;
    const { client } = this.#client;
    const { signal } = this.#abort;
    const isLate = this.#rig.random.chance(0.2);
    if (plan.aspect === 'data') {
      const func = (data: Buffer | null, stat: { mzxid: bigint } | null, event: WatchedEvent | null) =>
        this.#called(stat && data ? { mark: stat.mzxid, contents: String(data) } : NO_ZNODE, event);
      const watch = new DataWatch(client, plan.path, isLate ? null : func, { signal });
      return isLate ? watch.register(func) : watch;
    }
    const func = (children: string[] | null, event: WatchedEvent | null) =>
      this.#called(children ? { mark: null, contents: children.join() } : NO_ZNODE, event);
    const { waitForNode, allowSessionLost, sendEvent } = plan;
    const options = { waitForNode, allowSessionLost, sendEvent, signal };
    const watch = new ChildrenWatch(client, plan.path, isLate ? null : func, options);
    return isLate ? watch.register(func) : watch;
  }

  #called(state: WatchState, event: WatchedEvent | null | undefined): unknown {
    this.#trace(() => `is called with ${printState(state)}, ${event?.type ?? 'no event'}`);
    this.#rig.delivered();
    const isClosed = this.#client.client.state === 'closed';
    this.#rig.require(!isClosed, () => `${this.#label} is called after the client was closed`, 'stop-is-final');
    this.#see({ what: 'called', state, event, isInside: this.#rig.clock.isRunning });
    return this.#behave();
  }

  /** The ways in which users' functions end. */
  #behave(): unknown {
    const { random, clock, isCalm } = this.#rig;
    const plain = { nothing: 60, falsy: 5, resolved: 10 };
    const wild = { ...plain, slow: 15, throws: 3, rejects: 3, stops: 1, refuses: 1, refusesLater: 1, closes: 0.3 };
    const how = random.weighted<keyof typeof wild>(
      isCalm ? { ...wild, slow: 0, throws: 0, rejects: 0, stops: 0, refuses: 0, refusesLater: 0, closes: 0 } : wild,
    );
    const later = <T>(result: T): Promise<T> =>
      new Promise((resolve) => clock.atClient(random.between(0, 600), () => resolve(result)));
    const value = { what: 'settled', how: 'value' } as const;
    switch (how) {
      case 'falsy':
        return this.#settles(value, random.pick([0, '', null, undefined, true]));
      case 'resolved':
        return this.#settlesLater(value, Promise.resolve(random.pick([undefined, 0, true])));
      case 'slow':
        return this.#settlesLater(value, later(undefined));
      case 'throws': {
        const error = new Error('thrown by a user');
        this.#see({ what: 'settled', how: 'threw', error });
        throw error;
      }
      case 'rejects': {
        const error = new Error('rejected by a user');
        return this.#settlesLater({ what: 'settled', how: 'threw', error }, Promise.reject(error));
      }
      case 'stops':
        this.stop();
        return this.#settles(value, undefined);
      case 'closes':
        this.#client.close();
        return this.#settles(value, undefined);
      case 'refuses':
        return this.#settles({ what: 'settled', how: 'false' }, false);
      case 'refusesLater':
        return this.#settlesLater({ what: 'settled', how: 'false' }, later(false));
      default:
        return this.#settles(value, undefined);
    }
  }

  #settles<T>(moment: Moment, result: T): T {
    this.#see(moment);
    return result;
  }

  #settlesLater<T>(moment: Moment, result: Promise<T>): Promise<T> {
    return result.finally(() => this.#see(moment));
  }

  #see(moment: Moment): void {
    this.#oracle.see(moment);
  }

  #trace(line: () => string): void {
    this.#rig.trace(() => `${this.#label} ${line()}`);
  }
}
