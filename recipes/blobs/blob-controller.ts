import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { IdleClock, type Observation, type Watch, WatchController } from '../delivering/index.js';
import { observe, type Subscriber } from '../observing/index.js';
import { type BlobState, blobAspect } from './blob-aspect.js';
import { type BlobCallback, BlobFile, type BlobSource } from './blob-file.js';
import type { BlobWatchConfig } from './blob-watch.js';
import { corrupt, type Manifest } from './manifest.js';
import type { Requests } from './requests.js';
import { toGeneration } from './stored-generation.js';

/** Controls a watch of one blob: turns the states of its manifest into calls of a callback. */
export class BlobController extends WatchController<BlobState, BlobCallback> implements Subscriber<BlobState> {
  readonly waitsForNode = true;
  readonly #requests: Requests;
  readonly #source: BlobSource;
  readonly #config: BlobWatchConfig;
  /** Missing for a watch that is never idle. */
  readonly #idle: IdleClock | undefined;
  /** The revision of a damaged manifest, which is the newest. */
  #damaged: number | undefined;

  constructor(watch: Watch, requests: Requests, source: BlobSource, config: BlobWatchConfig) {
    super(watch, requests.client as CoordinationClient);
    this.#requests = requests;
    this.#source = source;
    this.#config = config;
    if (config.maxIdleTimeout < Infinity) this.#idle = this.#newIdleClock();
    this.stopWith(config.signal);
  }

  observed(state: BlobState): void {
    if (typeof state.manifest === 'string') this.#isDamaged(state.manifest, state.revision);
    else {
      this.#damaged = undefined;
      this.offer(state);
    }
    this.currencyChanged();
  }

  override get isFresh(): boolean {
    return this.#damaged === undefined && super.isFresh;
  }

  sessionLost(): void {}

  override failed(error: unknown): void {
    super.failed(error);
    this.currencyChanged();
  }

  override resynced(): void {
    super.resynced();
    this.currencyChanged();
  }

  /** The watch may have become fresh, or stale. */
  currencyChanged(): void {
    if (!this.isOver) this.#idle?.run(this.isFresh);
  }

  override end(): void {
    super.end();
    this.#idle?.stop();
  }

  protected override get aspect(): 'blob' {
    return 'blob';
  }

  protected override observe(): Observation {
    return observe(this.client, blobAspect, this.watch.path, this);
  }

  protected override isSame(delivered: BlobState, next: BlobState): boolean {
    return generationOf(delivered) === generationOf(next);
  }

  protected override call(state: BlobState, delivered: BlobState | undefined): unknown {
    this.#idle?.restart();
    this.currencyChanged();
    if (!delivered && !this.#config.initial) return undefined;
    const file = this.#toFile(state);
    return this.callFunction(() => this.func(file), null, state.stat);
  }

  protected override becameIdle(): void {
    super.becameIdle();
    this.currencyChanged();
  }

  #newIdleClock(): IdleClock {
    const idle = new IdleClock(this.#config.maxIdleTimeout, () => {
      // It counts on once the watch is fresh again.
      if (this.isFresh) this.stop('idle');
      else idle.stop();
    });
    return idle;
  }

  #toFile({ manifest, stat }: BlobState): BlobFile | null {
    const { id } = this.#config;
    if (manifest === null || stat === null) return null;
    return new BlobFile(this.#source, id, toGeneration(this.#requests, id, manifest as Manifest, stat));
  }

  #isDamaged(flaw: string, revision: number): void {
    if (this.#damaged === revision) return;
    this.#damaged = revision;
    this.failed(corrupt(this.#config.id, this.watch.path, flaw));
  }
}

function generationOf({ manifest }: BlobState): string | null {
  return (manifest as Manifest | null)?.generation ?? null;
}
