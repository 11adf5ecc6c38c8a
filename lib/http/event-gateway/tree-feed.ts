import { Change, newestZxidOf, type TreeChange } from '../../../recipes/changes/index.js';
import { type Tree, TreeWatch } from '../../../recipes/tree/index.js';
import type { CoordinationClient } from '../../core/coordination-client.js';
import { RetryPauses } from '../../core/retry.js';
import { isSliceOver, nextSlice } from '../../core/slices.js';
import { ChangeLog } from './change-log.js';
import { EncodedChanges } from './encoded-changes.js';
import { GATEWAY } from './limits.js';

/** Whether a tree is as new as a client, or never will be: the ensemble is at an older state than the client saw. */
export type Currency = 'current' | 'restored';

/** The one watch below all clients of a gateway, with the log of its changes. */
export class TreeFeed {
  readonly path: string;
  readonly encoded = new EncodedChanges();
  readonly #client: CoordinationClient;
  readonly #history: number;
  readonly #watch: TreeWatch;
  readonly #listeners = new Set<() => void>();
  readonly #pauses = new RetryPauses();
  readonly #stopped: Promise<void>;
  #log: ChangeLog;
  #epoch: number | undefined;
  #root: string | undefined;
  #isLoaded = false;
  #synchronizing: Promise<void> | undefined;

  constructor(client: CoordinationClient, path: string, history: number) {
    this.path = path;
    this.#client = client;
    this.#history = history;
    this.#log = new ChangeLog(history);
    this.#epoch = client.epoch;
    this.#watch = new TreeWatch(client, path, (tree, changes) => this.#changed(tree, changes));
    this.#stopped = new Promise((resolve) => {
      this.#watch.on('stop', () => {
        this.#notify();
        resolve();
      });
    });
  }

  /** Another one after a restore of the ensemble. */
  get log(): ChangeLog {
    return this.#log;
  }

  /** Distinguishes the znode at the path from others of other ensembles; `undefined` while it does not exist. */
  get root(): string | undefined {
    return this.#root;
  }

  /** Every change up to this is in the log. */
  get position(): bigint {
    const { position } = this.#watch;
    // The call that brought the last changes may not have settled.
    if (position < this.#log.position) return this.#log.position;
    return position;
  }

  /** Whether a change that happens now would be in the log soon. */
  get isFresh(): boolean {
    return this.#isLoaded && this.#watch.status === 'fresh';
  }

  get isOver(): boolean {
    return this.#watch.stopped;
  }

  /** Settles when nothing follows, as the client was closed or `close()` called. */
  get stopped(): Promise<void> {
    return this.#stopped;
  }

  /** Whether positions of other gateways mean the same here. */
  get hasZxids(): boolean {
    return this.#client.lastZxid !== undefined;
  }

  /** Calls back at each change, and at the end. Returns a function that removes the listener. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves once the log has everything up to a zxid, and the tree is fresh; with `null` when the signal aborts or the
   * feed ends before.
   */
  async upTo(zxid: bigint, signal: AbortSignal): Promise<Currency | null> {
    for (;;) {
      if (signal.aborted || this.isOver) return null;
      if (this.isFresh) {
        if (!this.hasZxids || this.position >= zxid) return 'current';
        const isSynchronized = await this.#synchronize();
        if (isSynchronized && (this.#client.lastZxid ?? 0n) < zxid) return 'restored';
        if (this.isFresh && this.position >= zxid) continue;
      }
      await this.#pauses.pause(GATEWAY.lookEvery, signal);
    }
  }

  close(): void {
    this.#watch.stop();
  }

  async #changed(tree: Tree, changes: readonly TreeChange[]): Promise<void> {
    const isOtherEpoch = this.#isLoaded && this.#client.epoch !== this.#epoch;
    this.#epoch = this.#client.epoch;
    const log = isOtherEpoch ? new ChangeLog(this.#history) : this.#log;
    // Everything that the tree has was in an answer that this client has seen.
    const newest = this.#client.lastZxid ?? 0n;
    const { position } = tree;
    log.begin({ stamp: newest < position ? position : newest, position });
    for (const change of isOtherEpoch ? allOf(tree) : changes) {
      if (isSliceOver()) await nextSlice();
      log.add(change);
    }
    const root = tree.get(tree.root)?.stat;
    this.#root = root && `${root.czxid}.${root.ctime}`;
    log.complete();
    this.#log = log;
    this.#isLoaded = true;
    this.#notify();
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves with whether the server of the client has everything that was committed. Shared. */
  async #synchronize(): Promise<boolean> {
    if (!this.#client.sync) return true;
    this.#synchronizing ??= this.#client.sync(this.path).finally(() => {
      this.#synchronizing = undefined;
    });
    return this.#synchronizing.then(
      () => true,
      () => false,
    );
  }
}

/** All znodes as created, by their zxids. */
function allOf(tree: Tree): TreeChange[] {
  const changes = Array.from(
    tree,
    (now) => new Change({ type: 'created', path: now.path, before: null, now, recreated: false }, now.stat.czxid),
  );
  return changes.sort((one, other) => Number(newestZxidOf(one) - newestZxidOf(other)));
}
