import type { ClientState } from '../../lib/core/coordination-client.js';
import { allOf, type OneOrMany, withOne, withoutOne } from '../../lib/core/one-or-many.js';
import { watchCountsOf } from '../../lib/core/watch-counts.js';
import { TreeController } from '../tree/index.js';
import { BlobChanges } from './blob-changes.js';
import { BlobController } from './blob-controller.js';
import type { BlobCallback, BlobSource } from './blob-file.js';
import type { BlobsCallback } from './blob-store.js';
import { type Controlled, StoredBlobWatch } from './blob-watch.js';
import type { Requests } from './requests.js';
import type { BlobWatch, BlobWatchOptions } from './types.js';
import { isInScope, scopeOf } from './walk.js';
import { completeWatchOptions } from './watch-options.js';

/** Watches by the id, or the prefix, that they are of. */
type Table = Map<string, OneOrMany<StoredBlobWatch>>;

/** The watches of a storage. */
export class BlobWatches {
  readonly #requests: Requests;
  readonly #source: BlobSource;
  readonly #ofBlobs: Table = new Map();
  readonly #ofPrefixes: Table = new Map();

  constructor(requests: Requests, source: BlobSource) {
    this.#requests = requests;
    this.#source = source;
  }

  /** The id is valid. */
  watch(id: string, callback: BlobCallback, options: BlobWatchOptions | undefined): BlobWatch {
    const { maxIdleTimeout, initial, signal } = completeWatchOptions(callback, options);
    const path = this.#requests.layout.manifest(id);
    const config = { id, path, callback, ignore: undefined, maxIdleTimeout, initial, signal };
    const watch = new StoredBlobWatch(this.#requests.client, config, this.#blobStopped);
    const controller = new BlobController(watch, this.#requests, this.#source, config);
    controller.claim(callback);
    return this.#begin(this.#ofBlobs, watch, controller);
  }

  /** The prefix is valid. */
  watchAll(prefix: string, callback: BlobsCallback, options: BlobWatchOptions | undefined): BlobWatch {
    const { maxIdleTimeout, initial, signal } = completeWatchOptions(callback, options);
    const { client, layout } = this.#requests;
    const scope = scopeOf(layout, prefix);
    const path = scope.top;
    // One function for all watches of a prefix: they share their reads by it.
    const [known] = allOf(this.#ofPrefixes.get(prefix));
    const isLeftOut = known?.config.ignore ?? ((each: string) => !isInScope(scope, each));
    const ignore = scope.names === '' ? undefined : isLeftOut;
    const config = { id: prefix, path, callback, ignore, maxIdleTimeout, initial, signal };
    const watch = new StoredBlobWatch(client, config, this.#prefixStopped);
    const controller = new TreeController(watch, client, {
      ...{ path, hasData: true, depth: Infinity, ignore, since: undefined, maxIdleTimeout, signal },
      kind: 'blob',
      first: initial ? 'created' : 'none',
      isStirredByCalls: false,
    });
    const changes = new BlobChanges(this.#requests, this.#source, callback, initial, {
      stir: () => {
        watchCountsOf(client).blob.calls += 1;
        controller.stir();
      },
      failed: (error) => controller.failed(error),
    });
    controller.claim((tree, found) => changes.call(tree, found));
    return this.#begin(this.#ofPrefixes, watch, controller);
  }

  /** Stops the watches of a blob: those with the callback, or all. */
  stop(id: string, callback: BlobCallback | undefined): void {
    for (const watch of allOf(this.#ofBlobs.get(id)))
      if (callback === undefined || watch.config.callback === callback) watch.stop();
  }

  stopAll(): void {
    for (const watch of this.#all()) watch.stop();
  }

  #begin(table: Table, watch: StoredBlobWatch, controller: Controlled): BlobWatch {
    if (this.#ofBlobs.size + this.#ofPrefixes.size === 0) this.#requests.client.on('state', this.#onState);
    table.set(watch.id, withOne(table.get(watch.id), watch));
    watch.begin(controller);
    return watch;
  }

  readonly #blobStopped = (watch: StoredBlobWatch): void => this.#remove(this.#ofBlobs, watch);
  readonly #prefixStopped = (watch: StoredBlobWatch): void => this.#remove(this.#ofPrefixes, watch);

  #remove(table: Table, watch: StoredBlobWatch): void {
    const left = withoutOne(table.get(watch.id), watch);
    if (left) table.set(watch.id, left);
    else table.delete(watch.id);
    if (this.#ofBlobs.size + this.#ofPrefixes.size === 0) this.#requests.client.off('state', this.#onState);
  }

  #all(): StoredBlobWatch[] {
    return [this.#ofBlobs, this.#ofPrefixes].flatMap((table) => [...table.values()].flatMap(allOf));
  }

  /** Clocks of idle time stand still without a connection. */
  readonly #onState = (_state: ClientState): void => {
    for (const watch of this.#all()) watch.currencyChanged();
  };
}
