import { codeOf, InvalidArgumentError, ZooKeeperError } from '../../../lib/core/errors.js';
import type { LastingTrouble } from '../../../lib/core/lasting-trouble.js';
import { reasonOf } from '../../../lib/core/reason.js';
import { soon } from '../../../lib/core/soon.js';
import type { CompleteWatchOptions } from '../../blobs/faces.js';
import {
  type BlobCallback,
  type BlobChange,
  BlobFile,
  type BlobInfo,
  type BlobSource,
  type BlobsCallback,
  type BlobWatch,
} from '../../blobs/index.js';
import { onNetwork } from '../network.js';
import type { BlobServers, ServerRequest } from './blob-servers.js';
import { askForChanges, type ChangesQuery } from './changes-request.js';
import { KnownBlobs } from './known-blobs.js';
import { REMOTE_BLOBS } from './limits.js';
import { RemoteBlobWatch, type WatchOwner, type WatchTarget } from './remote-blob-watch.js';
import { remoteGeneration } from './remote-generation.js';

/** No server has given it: whoever has it gets a list once the server has come to its position. */
const NO_CURSOR = 'none';

/** All watches of a remote storage: one request for changes waits for them. */
export class RemoteBlobWatches implements WatchOwner {
  readonly trouble: LastingTrouble;
  readonly #servers: BlobServers;
  readonly #source: BlobSource;
  readonly #watches = new Set<RemoteBlobWatch>();
  readonly #callbacks = new WeakMap<RemoteBlobWatch, BlobCallback | BlobsCallback>();
  readonly #known = new KnownBlobs();
  #isCurrent = false;
  #position: bigint | null = null;
  #cursor = NO_CURSOR;
  #polling: AbortController | undefined;
  #isRunning = false;
  #isClosed = false;
  #version = 0;
  readonly #ask = (request: ServerRequest) => this.#servers.sendOnce(request);

  constructor(servers: BlobServers, source: BlobSource, trouble: LastingTrouble) {
    this.#servers = servers;
    this.#source = source;
    this.trouble = trouble;
  }

  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  get position(): bigint {
    return this.#position ?? 0n;
  }

  /** Both are valid. */
  watch(id: string, callback: BlobCallback, options: CompleteWatchOptions): BlobWatch {
    const target: WatchTarget<{ readonly blob: BlobInfo | null }> = {
      kind: 'blob',
      id,
      isSame: (one, other) => one.blob?.etag === other.blob?.etag,
      call: ({ blob }, isSkipped) => (isSkipped ? null : { result: callback(blob && this.#toFile(blob)) }),
    };
    return this.#begin(new RemoteBlobWatch(this, target, options) as RemoteBlobWatch, callback);
  }

  /** Both are valid. */
  watchAll(prefix: string, callback: BlobsCallback, options: CompleteWatchOptions): BlobWatch {
    let told = new Map<string, BlobInfo>();
    let isFirst = options.initial;
    const target: WatchTarget<number> = {
      kind: 'prefix',
      id: prefix,
      isSame: (one, other) => one === other,
      call: (_version, isSkipped) => {
        const now = this.#known.under(prefix);
        const changes = isSkipped ? [] : this.#between(told, now);
        told = now;
        if (isSkipped || (changes.length === 0 && !isFirst)) return null;
        isFirst = false;
        return { result: callback(changes) };
      },
    };
    return this.#begin(new RemoteBlobWatch(this, target, options) as RemoteBlobWatch, callback);
  }

  /** Stops the watches of a blob: those with the callback, or all. */
  stop(id: string, callback: BlobCallback | undefined): void {
    for (const watch of [...this.#watches]) {
      if (watch.kind !== 'blob' || watch.id !== id) continue;
      if (callback === undefined || this.#callbacks.get(watch) === callback) watch.stop();
    }
  }

  stopAll(): void {
    for (const watch of [...this.#watches]) watch.stop();
  }

  close(): void {
    this.#isClosed = true;
    for (const watch of [...this.#watches]) watch.closed();
    this.#polling?.abort();
  }

  remove(watch: RemoteBlobWatch): void {
    this.#watches.delete(watch);
    // The next request leaves it out.
    if (this.#watches.size === 0) this.#polling?.abort();
  }

  #begin(watch: RemoteBlobWatch, callback: BlobCallback | BlobsCallback): BlobWatch {
    if (this.#isClosed) watch.closed();
    if (watch.stopped) return watch;
    const { ids, prefixes } = this.#interest();
    if (ids.length + prefixes.length >= REMOTE_BLOBS.mostWatched)
      throw new InvalidArgumentError(
        `at most ${REMOTE_BLOBS.mostWatched} blobs can be watched: watch a prefix of them`,
      );
    this.#watches.add(watch);
    this.#callbacks.set(watch, callback);
    watch.begin();
    // Together with others that are made now.
    soon(() => this.#restart());
    return watch;
  }

  /** A watch that knows nothing yet needs a list: one that is no older than all that is known. */
  #restart(): void {
    if (this.#cursor !== NO_CURSOR && [...this.#watches].some((watch) => !watch.isKnown)) {
      this.#cursor = NO_CURSOR;
      this.#polling?.abort();
    }
    if (!this.#isRunning && this.#watches.size > 0) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const letGo = onNetwork((isThere) => this.#onNetwork(isThere));
    for (let failures = 0; this.#watches.size > 0; ) {
      this.#polling = new AbortController();
      const { signal } = this.#polling;
      // Those that are made while it is on its way are not part of it.
      const asked = new Set(this.#watches);
      const since = this.#position === null ? {} : { since: this.#position, cursor: this.#cursor };
      try {
        // After a trouble at once: it is to be known that it is over.
        const wait = this.#isCurrent && this.#cursor !== NO_CURSOR ? REMOTE_BLOBS.wait : 0;
        const answer = await askForChanges(this.#ask, { ...this.#interest(), ...since, wait }, signal);
        if (signal.aborted) continue;
        failures = 0;
        this.#position = answer.position;
        this.#cursor = answer.cursor;
        this.#answered(asked, this.#known.take(answer));
      } catch (error) {
        if (signal.aborted) continue;
        failures += 1;
        await this.#failed(error, failures, asked, signal);
      }
    }
    letGo();
    this.#isRunning = false;
    this.#isCurrent = false;
    this.#position = null;
    this.#cursor = NO_CURSOR;
    this.#known.keep(() => false);
  }

  #answered(asked: ReadonlySet<RemoteBlobWatch>, changed: ReadonlySet<string>): void {
    const wasCurrent = this.#isCurrent;
    this.#isCurrent = true;
    this.#version += 1;
    for (const watch of asked) {
      if (watch.stopped) continue;
      const isFirst = !watch.isKnown;
      const { id, kind } = watch;
      if (kind === 'blob') {
        if (isFirst || changed.has(id)) watch.observed({ blob: this.#known.get(id) });
      } else if (isFirst || [...changed].some((each) => each.startsWith(id))) watch.observed(this.#version);
      if (!isFirst && !wasCurrent) watch.resynced();
      watch.currencyChanged();
    }
    const { ids, prefixes } = this.#interest();
    const watched = new Set(ids);
    this.#known.keep((id) => watched.has(id) || prefixes.some((prefix) => id.startsWith(prefix)));
    // Some were made meanwhile.
    this.#restart();
  }

  async #failed(
    error: unknown,
    failures: number,
    asked: ReadonlySet<RemoteBlobWatch>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#lostTouch();
    if (codeOf(error) === 'CLIENT_CLOSED') return;
    if (error instanceof ZooKeeperError && !error.retryable) return this.#refused(error, asked, signal);
    const message = `no changes of blobs are heard of: ${reasonOf(error)}`;
    this.trouble.report('changes', { level: 'warn', details: { err: error }, message });
    await this.#servers.pause(failures, error, signal);
  }

  /** The request that waits would not be answered any more, or a pause is of no use: asks again at once. */
  #onNetwork(isThere: boolean): void {
    if (!isThere) this.#lostTouch();
    this.#polling?.abort();
  }

  #lostTouch(): void {
    this.#isCurrent = false;
    for (const watch of this.#watches) watch.currencyChanged();
  }

  /** A server refuses all watches for one of them: each is asked for alone. */
  async #refused(error: unknown, asked: ReadonlySet<RemoteBlobWatch>, signal: AbortSignal): Promise<void> {
    for (const watch of asked) {
      if (watch.stopped || signal.aborted) continue;
      const { id, kind } = watch;
      const interest = kind === 'blob' ? { ids: [id], prefixes: [] } : { ids: [], prefixes: [id] };
      const refusal = await askForChanges(this.#ask, { ...interest, wait: 0 }, signal).then(
        () => null,
        (reason: unknown) => reason,
      );
      const isFinal = refusal instanceof ZooKeeperError && !refusal.retryable;
      if (isFinal) watch.failed(refusal);
    }
    await this.#servers.pause(1, error, signal);
  }

  #interest(): Pick<ChangesQuery, 'ids' | 'prefixes'> {
    const of = (kind: string): string[] => [
      ...new Set([...this.#watches].filter((watch) => watch.kind === kind).map(({ id }) => id)),
    ];
    return { ids: of('blob'), prefixes: of('prefix') };
  }

  #between(before: ReadonlyMap<string, BlobInfo>, now: ReadonlyMap<string, BlobInfo>): BlobChange[] {
    const changes: BlobChange[] = [];
    for (const [id, blob] of now) {
      const was = before.get(id);
      if (was?.etag === blob.etag) continue;
      const { position } = blob;
      changes.push(Object.freeze({ type: was ? 'modified' : 'created', id, file: this.#toFile(blob), position }));
    }
    for (const id of before.keys()) {
      if (!now.has(id)) changes.push(Object.freeze({ type: 'deleted', id, file: null, position: this.position }));
    }
    return changes.sort((one, other) => Number(one.position - other.position));
  }

  #toFile(blob: BlobInfo): BlobFile {
    return new BlobFile(this.#source, blob.id, remoteGeneration(this.#servers, blob));
  }
}
