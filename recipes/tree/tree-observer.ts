import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { TREE } from '../../lib/core/limits.js';
import type { ChangeSet, Coalesced } from '../changes/index.js';
import { type Pace, reportsOf } from '../observing/index.js';
import type { KnownNode } from './known-node.js';
import type { Scope } from './scope.js';
import { forEach, inSlices, type Work } from './slices.js';
import { type ReaderOwner, TreeReader, type Update } from './tree-reader.js';
import { TreeSnapshot } from './tree-snapshot.js';
import type { TreeMode } from './tree-source.js';
import type { TreeSubscriber } from './tree-subscriber.js';
import type { Finding } from './trust.js';
import { Unreadable } from './unreadable.js';

const LINES: Readonly<Record<Finding, string>> = {
  silent: 'a change was found that the server had not reported: its recursive watch is armed again',
  misreporting: 'the server reports changes at the root in place of their paths: one-shot watches are used from now on',
};

/**
 * Observes a tree for all of its subscribers, and publishes it whenever it has changed. Nothing is read while every
 * subscriber is busy. An observer lives from its first subscriber to its last.
 */
export class TreeObserver implements ReaderOwner {
  readonly #client: CoordinationClient;
  readonly #scope: Scope;
  readonly #reader: TreeReader;
  readonly #onEnd: () => void;
  readonly #subscribers = new Set<TreeSubscriber>();
  /** Those that have no tree yet. */
  readonly #newcomers = new Set<TreeSubscriber>();
  readonly #unreadable = new Unreadable((paths) => this.#reader.refresh(paths));
  #published: TreeSnapshot | undefined;
  /** Updates before the tree was published. */
  #updates = 0;
  #wasInterrupted = false;
  #wasCurrent = false;
  #isOver = false;

  /** @param onEnd called when the last subscriber has gone */
  constructor(client: CoordinationClient, scope: Scope, hasData: boolean, onEnd: () => void) {
    this.#client = client;
    this.#scope = scope;
    this.#onEnd = onEnd;
    this.#reader = new TreeReader(client, scope, hasData, this);
  }

  get mode(): TreeMode | null {
    return this.#reader.mode;
  }

  /** The number of znodes. */
  get size(): number {
    return this.#published?.size ?? 0;
  }

  /** Whether a change of the last published tree would have been published by now. */
  get isCurrent(): boolean {
    return this.#published !== undefined && this.#reader.isCurrent;
  }

  /** The zxid up to which every change is part of the published tree. */
  get position(): bigint {
    return this.#reader.position;
  }

  start(): void {
    this.#reader.start();
  }

  /** Adds a subscriber. A tree that is current is published to it before this returns. */
  subscribe(subscriber: TreeSubscriber): void {
    this.#subscribers.add(subscriber);
    this.#unreadable.reportTo(subscriber);
    if (this.#published && this.isCurrent) {
      subscriber.observed({ tree: this.#published, changes: [] });
      return;
    }
    this.#newcomers.add(subscriber);
    // At a server without a quorum there is a tree, and nothing that has to be read.
    if (this.#published) this.#reader.refresh([this.#scope.root]);
    else this.#reader.schedule();
  }

  /** Publishes the tree of a later moment as the first one to a subscriber. */
  restart(subscriber: TreeSubscriber): void {
    this.#newcomers.add(subscriber);
    this.#reader.schedule();
  }

  /** Removes a subscriber. The observer ends with its last one. */
  unsubscribe(subscriber: TreeSubscriber): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#newcomers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#close();
  }

  /** A subscriber is no longer busy. */
  freed(): void {
    this.#reader.schedule();
  }

  /** The client is connected. */
  connected(): void {
    this.#reader.connected();
  }

  /** The client has lost its connection. */
  disconnected(): void {
    this.#reader.interrupted();
  }

  /** Reads some znodes again that nothing was reported about. */
  recheck(count: number): void {
    this.#reader.recheck(count);
  }

  // The owner of the reader.

  mayRead(): boolean {
    for (const { isBusy } of this.#subscribers) if (!isBusy) return true;
    return false;
  }

  async updated({ position, epoch, newestZxid, isClean }: Update): Promise<() => void> {
    this.#unreadable.updated(this.#reader.model.unreadable);
    this.#updates += 1;
    // While znodes keep changing there is always something to be read.
    if (!this.#published && !isClean && this.#updates < TREE.roundsBeforeFirst) return () => {};
    const { model } = this.#reader;
    if (this.#published && !model.hasNews && this.#newcomers.size === 0) return () => {};
    const taken = model.takeChanges();
    const tree = new TreeSnapshot(this.#scope.root, model.snapshot(), position, epoch);
    const changes = await inSlices(withZxids(taken, newestZxid));
    return () => this.#publish(tree, changes);
  }

  failed(error: unknown, pace: Pace): void {
    pace.report(error, [...this.#subscribers]);
  }

  unreadable(path: string, error: unknown): void {
    this.#unreadable.add(path, error, [...this.#subscribers]);
  }

  found(finding: Finding): void {
    const { root: path } = this.#scope;
    const line = { level: 'warn', details: { path }, message: `the tree of ${path}: ${LINES[finding]}` } as const;
    reportsOf(this.#client).trouble(`tree ${finding}`, line);
    if (finding === 'misreporting') this.#reader.distrust();
    else this.#reader.renew();
  }

  interrupted(): void {
    this.#wasInterrupted ||= this.#published !== undefined;
    this.currencyChanged();
  }

  currencyChanged(): void {
    const { isCurrent } = this;
    // A tree that is current needs no round to be published.
    if (isCurrent && this.#published) this.#publish(this.#published, []);
    if (isCurrent && this.#wasInterrupted) {
      this.#wasInterrupted = false;
      for (const subscriber of [...this.#subscribers]) subscriber.resynced();
    }
    if (isCurrent === this.#wasCurrent) return;
    this.#wasCurrent = isCurrent;
    for (const subscriber of [...this.#subscribers]) subscriber.currencyChanged();
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    if (this.#isOver) return;
    const subscribers = [...this.#subscribers];
    this.#subscribers.clear();
    // First: a subscription made in response needs a new observer.
    this.#close();
    for (const subscriber of subscribers) subscriber.ended(reason, error);
  }

  #publish(tree: TreeSnapshot, changes: readonly Coalesced<KnownNode>[]): void {
    this.#published = tree;
    for (const subscriber of [...this.#subscribers]) {
      if (this.#newcomers.delete(subscriber)) subscriber.observed({ tree, changes: [] });
      else if (changes.length > 0) subscriber.observed({ tree, changes });
    }
  }

  #close(): void {
    this.#isOver = true;
    this.#unreadable.end();
    this.#reader.stop();
    this.#onEnd();
  }
}

/** @param newestZxid stands for the zxids of deletions that no server has reported */
function* withZxids(taken: ChangeSet<KnownNode>, newestZxid: bigint): Work<Coalesced<KnownNode>[]> {
  const changes: Coalesced<KnownNode>[] = [];
  yield* forEach(taken.changes(), TREE.mergedAtOnce, (change) => {
    const { now, deletedAt } = change;
    changes.push(now ? change : { ...change, deletedAt: deletedAt ?? newestZxid });
  });
  return changes;
}
