import type { Stat, WatchedEvent } from '../../../lib/core/coordination-client.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';
import { ChildrenWatch, DataWatch } from '../../../recipes/watches/index.js';
import { type Aspect, NO_ZNODE, printState, type WatchState } from '../../oracle/moment.js';
import { WatchOracle } from '../../oracle/watch-oracle.js';
import type { FuzzRig } from './fuzz-rig.js';
import { Truth } from './truth.js';

/** How a watch is made. */
export interface WatchPlan {
  readonly path: string;
  readonly aspect: Aspect;
  readonly waitForNode: boolean;
}

/** A watch of a client whose server's frames are mutated. */
export class FuzzedWatch {
  readonly label: string;
  readonly #rig: FuzzRig;
  readonly #client: ZooKeeperClient;
  readonly #plan: WatchPlan;
  readonly #watch: DataWatch | ChildrenWatch<boolean>;
  readonly #oracle: WatchOracle;
  readonly #truth: Truth;

  constructor(rig: FuzzRig, client: ZooKeeperClient, plan: WatchPlan) {
    this.#rig = rig;
    this.#client = client;
    this.#plan = plan;
    const { path, aspect } = plan;
    this.label = `the watch of ${aspect} ${path}`;
    this.#truth = new Truth(rig.stage.server.database.tree, path, aspect, rig.lies);
    this.#oracle = new WatchOracle({
      ...{ path, aspect, waitsForNode: aspect === 'data' || plan.waitForNode },
      history: this.#truth,
      onViolation: ({ rule, message }) => rig.fail(`${this.label} ${message}`, rule),
    });
    this.#watch = this.#make();
    this.#oracle.see({ what: 'constructed' });
    this.#watch.on('error', (error) => rig.stage.trace(() => `${this.label} reports ${error}`));
    this.#watch.on('stop', (reason) => {
      rig.stage.trace(() => `${this.label} stops: ${reason}`);
      if (reason === 'error' && rig.lies.has('refusal')) this.#oracle.see({ what: 'stop-due', reason });
      this.#oracle.see({ what: 'stopped', reason });
    });
    rig.await(`ready of ${this.label}`, this.#watch.ready);
  }

  /** A transaction was applied. */
  note(): void {
    this.#truth.note();
  }

  /** Checks that the last call has the state that the server holds. */
  checkAtRest(): void {
    this.#oracle.see({ what: 'rest', isStopped: this.#watch.stopped });
  }

  /** The client has begun a new epoch: every watch delivers its state again. */
  setBack(): void {
    this.#oracle.see({ what: 'set-back' });
  }

  clientClosing(): void {
    this.#oracle.see({ what: 'ended', reason: 'client-closed' });
  }

  /** Stops the watch, so that the server's watch is removed. */
  stop(): void {
    this.#watch.stop();
    this.#oracle.see({ what: 'ended', reason: 'stopped' });
  }

  #make(): DataWatch | ChildrenWatch<boolean> {
    const { path, aspect, waitForNode } = this.#plan;
    if (aspect === 'data') {
      return new DataWatch(this.#client, path, (data: Buffer | null, stat: Stat | null, event) =>
        this.#called(stat && data ? { mark: stat.mzxid, contents: String(data) } : NO_ZNODE, event),
      );
    }
    const func = (children: string[] | null, event: WatchedEvent | null) =>
      this.#called(children ? { mark: null, contents: children.join() } : NO_ZNODE, event);
    return new ChildrenWatch(this.#client, path, func, { waitForNode, sendEvent: true });
  }

  #called(state: WatchState, event: WatchedEvent | null): void {
    const { stage } = this.#rig;
    stage.trace(() => `${this.label} is called with ${printState(state).slice(0, 80)}, ${event?.type ?? 'no event'}`);
    this.#oracle.see({ what: 'called', state, event, isInside: stage.clock.isRunning });
    this.#oracle.see({ what: 'settled', how: 'value' });
  }
}
