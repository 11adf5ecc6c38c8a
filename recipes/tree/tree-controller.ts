import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { Checkpoint, NO_ZNODES, Position, type TreeChange, withChanges } from '../changes/index.js';
import { IdleClock, type Observation, type Watch, WatchController } from '../delivering/index.js';
import { reportsOf } from '../observing/index.js';
import type { TreeSelection } from './client-trees.js';
import { type NodeChange, orderChanges } from './ordered-changes.js';
import { PendingChanges } from './pending-changes.js';
import { allOf, Resumption } from './resumption.js';
import { Scope } from './scope.js';
import { inSlices, type Work } from './slices.js';
import { TreeObservation } from './tree-observation.js';
import type { TreeSnapshot } from './tree-snapshot.js';
import type { TreeMode } from './tree-source.js';
import type { TreeState, TreeSubscriber } from './tree-subscriber.js';
import type { TreeWatchFunction } from './types.js';

/** The properties of a watch of a tree. */
export interface TreeConfig extends TreeSelection {
  /** As which the watch is counted. Only the calls of a `tree` are those of the user's function. */
  readonly kind: 'tree' | 'subscription' | 'blob';
  readonly since: bigint | Checkpoint | undefined;
  /** The changes of the first call without `since`: every znode as created, or none. */
  readonly first: 'created' | 'none';
  readonly maxIdleTimeout: number;
  /** Whether a call ends the idle time; otherwise `stir()` does. */
  readonly isStirredByCalls: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Controls a watch of a tree: turns the states of the tree into calls of a function. */
export class TreeController extends WatchController<TreeSnapshot, TreeWatchFunction> implements TreeSubscriber {
  readonly #config: TreeConfig;
  readonly #observation: TreeObservation;
  readonly #idle: IdleClock;
  /** `null` without `since`, and when that was none of this ensemble's. */
  #resumption: Resumption | null;
  #isComplete: boolean;
  /** Since the tree of the last call. */
  #pending = new PendingChanges();
  /** The tree of the call that has begun last. */
  #called: TreeSnapshot | undefined;
  /** The tree of the last call that has settled. */
  #settled: TreeSnapshot | undefined;
  #position: Position;

  constructor(watch: Watch, client: CoordinationClient, config: TreeConfig) {
    super(watch, client);
    const { path, depth, ignore, since, maxIdleTimeout, signal } = config;
    this.#config = config;
    this.#observation = new TreeObservation(client, config, this);
    this.#idle = new IdleClock(maxIdleTimeout, () => this.stop('idle'));
    // Errors of `ignore` are reported where the tree is read.
    this.#resumption = since === undefined ? null : new Resumption(since, new Scope(path, depth, ignore, () => {}));
    this.#isComplete = this.#resumption?.isExact ?? true;
    this.#position = new Position(this.#resumption?.position, client.epoch);
    this.stopWith(signal);
  }

  get mode(): TreeMode | null {
    return this.#observation.mode;
  }

  /** Whether every deletion since `since` was found. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Everything after it is part of the first call, which has this tree. */
  firstAfter({ position }: TreeSnapshot): bigint {
    return this.#config.since === undefined ? position : (this.#resumption?.position ?? 0n);
  }

  /** Everything up to it was delivered, and its call has settled. */
  get position(): bigint {
    const isDelivered = !this.isBusy && this.isFresh;
    if (isDelivered) this.#position.moveTo(this.#observation.position, this.client.epoch);
    return this.#position.zxid;
  }

  /** The tree of the last call that has settled. */
  get settledTree(): TreeSnapshot | undefined {
    return this.#settled;
  }

  /**
   * The position with the znodes known then.
   *
   * @param delivered changes of the call that has not settled yet
   */
  toCheckpoint(position = this.position, delivered: readonly TreeChange[] = []): Checkpoint {
    const { path: root } = this.#config;
    // At the position 0 there was no znode.
    const known = this.#settled?.toKnownZnodes() ?? (this.#resumption?.position ? this.#resumption.known : NO_ZNODES);
    return new Checkpoint({ root, position, known: known && withChanges(known, delivered) });
  }

  observed({ tree, changes }: TreeState): void {
    if (!this.hasBegun && this.#observation.refuses()) return;
    if (this.hasBegun) this.#pending.add(changes);
    this.offer(tree);
  }

  unreadable(path: string, error: unknown): void {
    if (!this.isOver) this.reportFailedRead(error, path);
  }

  currencyChanged(): void {
    // A call may have more to hand out.
    this.#idle.run(this.isFresh && !this.isBusy);
  }

  /** The call that has begun last does not count as delivered, however it settles. */
  abandonCall(): void {
    this.#called = undefined;
  }

  /** Something has happened: the idle time starts again. */
  stir(): void {
    this.#idle.restart();
  }

  override end(): void {
    super.end();
    this.#idle.stop();
  }

  protected override get aspect(): 'tree' {
    return 'tree';
  }

  protected override get kind(): TreeConfig['kind'] {
    return this.#config.kind;
  }

  protected override get countsCalls(): boolean {
    return this.kind === 'tree';
  }

  protected override observe(): Observation {
    if (this.#resumption) this.#observation.subscribeInSync();
    else this.#observation.subscribe();
    return this.#observation;
  }

  protected override isSame(delivered: TreeSnapshot, next: TreeSnapshot): boolean {
    return delivered === next;
  }

  protected override call(tree: TreeSnapshot, before: TreeSnapshot | undefined): unknown {
    const ordered = inSlices(before ? this.#takePending(tree) : orderChanges(this.#firstChanges(tree), tree.position));
    if (!(ordered instanceof Promise)) return this.#callWith(tree, ordered, before);
    return ordered.then((list) => this.#callWith(tree, list, before));
  }

  protected override settled(result: unknown): void {
    this.#hasSettled();
    super.settled(result);
  }

  protected override threw(error: unknown): void {
    this.#hasSettled();
    super.threw(error);
  }

  protected override becameIdle(): void {
    super.becameIdle();
    this.#idle.run(this.isFresh);
  }

  #callWith(tree: TreeSnapshot, changes: readonly TreeChange[], before: TreeSnapshot | undefined): unknown {
    // Preparing many changes takes some turns of the event loop.
    if (this.isOver || !this.mayCall()) return undefined;
    this.#called = tree;
    if (before && changes.length === 0) return undefined;
    if (this.#config.isStirredByCalls) this.stir();
    const stat = tree.get(tree.root)?.stat ?? null;
    const { func } = this;
    return this.callFunction(() => func(tree, changes), null, stat);
  }

  #hasSettled(): void {
    if (!this.#called) return;
    this.#settled = this.#called;
    this.#position.moveTo(this.#called.position, this.#called.epoch);
  }

  *#takePending(tree: TreeSnapshot): Work<readonly TreeChange[]> {
    const pending = this.#pending;
    this.#pending = new PendingChanges();
    return yield* orderChanges(yield* pending.take(), tree.position);
  }

  #firstChanges(tree: TreeSnapshot): Iterable<NodeChange> {
    const resumption = this.#resumption;
    if (!resumption) return this.#config.first === 'created' ? allOf(tree) : [];
    const flaw = resumption.flawOf(tree, this.client.lastZxid);
    if (flaw === null) return resumption.changesTo(tree);
    this.#resumption = null;
    this.#isComplete = false;
    this.#position = new Position(0n, this.client.epoch);
    const { path } = this.#config;
    const message = `the watch of ${path} starts over, as its \`since\` is of another ensemble: ${flaw}`;
    reportsOf(this.client).trouble('since', { level: 'warn', details: { path }, message });
    return allOf(tree);
  }
}
