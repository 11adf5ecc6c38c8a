import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import {
  Checkpoint,
  type CoordinationClient,
  type Subscription,
  subscribe,
  type Tree,
  type TreeChange,
  TreeWatch,
} from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import type { SeededRandom } from '../../../testing/seeded-random.js';
import { type AuditedNode, TreeAudit } from '../../oracle/tree-audit.js';

/** A part of the calls takes some ms. */
const SLOW_CALLS = 0.1;
const SLOW = 5;

/** A follower of a tree: the changes that it was given, applied to its beginning. */
export interface FollowedTree {
  readonly name: string;
  readonly audit: TreeAudit;
  /** The number of calls so far. */
  readonly calls: Recorder<number>;
  stop(): Promise<void> | void;
}

/** A TreeWatch whose calls are audited. */
export class FollowingWatch implements FollowedTree {
  readonly name = 'the TreeWatch';
  readonly audit: TreeAudit;
  readonly calls = new Recorder<number>();
  readonly watch: TreeWatch;

  constructor(client: CoordinationClient, root: string, random: SeededRandom) {
    this.audit = new TreeAudit(root);
    const func = (tree: Tree, changes: readonly TreeChange[]): unknown => {
      this.audit.see(tree, changes);
      this.calls.record(changes.length);
      return random.chance(SLOW_CALLS) ? pause(SLOW) : undefined;
    };
    this.watch = new TreeWatch(client, root, func);
  }

  stop(): void {
    this.watch.stop();
  }
}

/** A subscription to everything, which `resume()` replaces by one that resumes from a checkpoint. */
export class FollowingSubscription implements FollowedTree {
  readonly name: string;
  readonly calls = new Recorder<number>();
  audit: TreeAudit;
  readonly #client: CoordinationClient;
  readonly #root: string;
  readonly #random: SeededRandom;
  #subscription: Subscription;

  /** The znodes are missing at its beginning. */
  constructor(name: string, client: CoordinationClient, root: string, random: SeededRandom) {
    this.name = name;
    this.#client = client;
    this.#root = root;
    this.#random = random;
    this.audit = new TreeAudit(root);
    this.#subscription = this.#subscribe(this.audit);
  }

  get ready(): Promise<void> {
    return this.#subscription.ready;
  }

  /** Ends in the middle of whatever is handed out, and continues from the bytes of its checkpoint. */
  async resume(): Promise<void> {
    // A call that has ended has settled by then.
    await nextTurn();
    const bytes = this.#subscription.checkpoint().toBytes();
    const { audit } = this;
    this.audit = new TreeAudit(this.#root, new Map<string, AuditedNode>(audit.copy));
    await this.stop();
    this.audit.violations.push(...audit.violations);
    this.#subscription = this.#subscribe(this.audit, Checkpoint.from(bytes));
  }

  async stop(): Promise<void> {
    await this.#subscription.close();
  }

  #subscribe(audit: TreeAudit, since?: Checkpoint): Subscription {
    const func = async (change: TreeChange): Promise<void> => {
      if (this.#random.chance(SLOW_CALLS)) await pause(SLOW);
      // Only a call that has settled counts in a checkpoint.
      audit.apply(change);
      this.calls.record(1);
    };
    return subscribe(this.#client, this.#root, null, func, since ? { since } : {});
  }
}
