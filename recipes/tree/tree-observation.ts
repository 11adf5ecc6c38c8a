import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import type { Observation } from '../delivering/index.js';
import { observeTree, type TreeSelection } from './client-trees.js';
import { Synchronizer, type SynchronizerOwner } from './synchronizer.js';
import type { TreeObserver } from './tree-observer.js';
import type { TreeMode } from './tree-source.js';
import type { TreeSubscriber } from './tree-subscriber.js';

/** The subscription of a watch to its tree, which begins once the server of the client does not lag behind. */
export class TreeObservation implements Observation, SynchronizerOwner {
  readonly #client: CoordinationClient;
  readonly #selection: TreeSelection;
  readonly #subscriber: TreeSubscriber;
  #synchronizer: Synchronizer | undefined;
  #observer: TreeObserver | undefined;
  /** Trees of before this zxid come from a server that lagged behind. */
  #earliest = 0n;
  /** That of this zxid. */
  #epoch: number | undefined;

  constructor(client: CoordinationClient, selection: TreeSelection, subscriber: TreeSubscriber) {
    this.#client = client;
    this.#selection = selection;
    this.#subscriber = subscriber;
  }

  get isCurrent(): boolean {
    return this.#observer?.isCurrent === true;
  }

  get mode(): TreeMode | null {
    return this.#observer?.mode ?? null;
  }

  /** The zxid up to which every change is part of the published tree. */
  get position(): bigint {
    return this.#observer?.position ?? 0n;
  }

  subscribe(): void {
    this.#observer = observeTree(this.#client, this.#selection, this.#subscriber);
  }

  /** The same, once the server has everything that was committed so far. */
  subscribeInSync(): void {
    this.#synchronizer = new Synchronizer(this.#client, this.#selection.path, this);
  }

  unsubscribe(): void {
    this.#synchronizer?.stop();
    this.#observer?.unsubscribe(this.#subscriber);
  }

  freed(): void {
    this.#observer?.freed();
  }

  /** Whether the published tree is too old to be the first one. A later one is published then. */
  refuses(): boolean {
    if (!this.#observer || this.#client.epoch !== this.#epoch) return false;
    if (this.position >= this.#earliest) return false;
    this.#observer.restart(this.#subscriber);
    return true;
  }

  synchronized(zxid: bigint): void {
    this.#earliest = zxid;
    this.#epoch = this.#client.epoch;
    this.subscribe();
  }

  failed(error: unknown): void {
    this.#subscriber.failed(error);
    this.subscribe();
  }

  clientClosed(): void {
    this.#subscriber.ended('client-closed');
  }
}
