import type { ClientState } from '../../lib/core/coordination-client.js';
import { watchCountsOf } from '../../lib/core/watch-counts.js';
import type { Watch } from '../delivering/index.js';
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

interface Entry {
  readonly watch: StoredBlobWatch;
  readonly callback: BlobCallback | BlobsCallback;
  /** Whether a watch of a prefix leaves a path out. */
  readonly ignore?: ((path: string) => boolean) | undefined;
}

/** Watches by the id, or the prefix, that they are of. */
type Table = Map<string, Set<Entry>>;

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
    const complete = completeWatchOptions(callback, options);
    const toController = (watch: Watch): BlobController => {
      const controller = new BlobController(watch, this.#requests, this.#source, { id, ...complete });
      controller.claim(callback);
      return controller;
    };
    const path = this.#requests.layout.manifest(id);
    return this.#begin(this.#ofBlobs, { id, path, ...complete }, { callback }, toController);
  }

  /** The prefix is valid. */
  watchAll(prefix: string, callback: BlobsCallback, options: BlobWatchOptions | undefined): BlobWatch {
    const { maxIdleTimeout, initial, signal } = completeWatchOptions(callback, options);
    const { client, layout } = this.#requests;
    const scope = scopeOf(layout, prefix);
    const path = scope.top;
    // One function for all watches of a prefix: they share their reads by it.
    const [known] = this.#ofPrefixes.get(prefix) ?? [];
    const isLeftOut = known?.ignore ?? ((each: string) => !isInScope(scope, each));
    const ignore = scope.names === '' ? undefined : isLeftOut;
    const toController = (watch: Watch): TreeController => {
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
      return controller;
    };
    return this.#begin(this.#ofPrefixes, { id: prefix, path, maxIdleTimeout }, { callback, ignore }, toController);
  }

  /** Stops the watches of a blob: those with the callback, or all. */
  stop(id: string, callback: BlobCallback | undefined): void {
    for (const entry of [...(this.#ofBlobs.get(id) ?? [])])
      if (callback === undefined || entry.callback === callback) entry.watch.stop();
  }

  stopAll(): void {
    for (const watch of this.#all()) watch.stop();
  }

  #begin(
    table: Table,
    watched: { readonly id: string; readonly path: string; readonly maxIdleTimeout: number },
    { callback, ignore }: Omit<Entry, 'watch'>,
    toController: (watch: Watch) => Controlled,
  ): BlobWatch {
    const watch = new StoredBlobWatch(this.#requests, watched, toController, () =>
      this.#remove(table, watched.id, entry),
    );
    const entry: Entry = { watch, callback, ignore };
    if (this.#ofBlobs.size + this.#ofPrefixes.size === 0) this.#requests.client.on('state', this.#onState);
    const entries = table.get(watched.id) ?? new Set();
    table.set(watched.id, entries.add(entry));
    watch.begin();
    return watch;
  }

  #remove(table: Table, id: string, entry: Entry): void {
    const entries = table.get(id);
    if (!entries?.delete(entry)) return;
    if (entries.size === 0) table.delete(id);
    if (this.#ofBlobs.size + this.#ofPrefixes.size === 0) this.#requests.client.off('state', this.#onState);
  }

  #all(): StoredBlobWatch[] {
    return [this.#ofBlobs, this.#ofPrefixes].flatMap((table) =>
      [...table.values()].flatMap((entries) => Array.from(entries, ({ watch }) => watch)),
    );
  }

  /** Clocks of idle time stand still without a connection. */
  readonly #onState = (_state: ClientState): void => {
    for (const watch of this.#all()) watch.currencyChanged();
  };
}
