import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { guardLogger } from '../../lib/core/logger.js';
import { quote } from '../../lib/core/validation.js';
import { WATCH_EVENTS, type Watch, type WatchEvents, type WatchStatus } from '../delivering/index.js';
import type { BlobCallback } from './blob-file.js';
import type { BlobsCallback } from './blob-store.js';
import type { BlobWatch } from './types.js';
import type { CompleteWatchOptions } from './watch-options.js';

/** The part of a controller that its watch shows. */
export interface Controlled {
  readonly ready: Promise<void>;
  readonly isOver: boolean;
  readonly isFresh: boolean;
  readonly position?: bigint;
  currencyChanged(): void;
  stopByUser(): void;
  reportThrown(error: unknown, part: string): void;
  begin(): void;
}

/** The properties of a watch of one blob, or of those with a prefix. */
export interface BlobWatchConfig extends CompleteWatchOptions {
  readonly id: string;
  /** The znode that is observed. */
  readonly path: string;
  readonly callback: BlobCallback | BlobsCallback;
  /** Whether a watch of a prefix leaves a path out. */
  readonly ignore: ((path: string) => boolean) | undefined;
}

/** A watch of one blob, or of those with a prefix. */
export class StoredBlobWatch extends GuardedEmitter<WatchEvents> implements BlobWatch, Watch {
  readonly id: string;
  readonly path: string;
  readonly config: BlobWatchConfig;
  readonly #client: CoordinationClient;
  readonly #onStop: (watch: StoredBlobWatch) => void;
  #controller!: Controlled;

  /** @param onStop called in a microtask after the watch has stopped */
  constructor(client: CoordinationClient, config: BlobWatchConfig, onStop: (watch: StoredBlobWatch) => void) {
    super();
    this.id = config.id;
    this.path = config.path;
    this.config = config;
    this.#client = client;
    this.#onStop = onStop;
  }

  override emit(event: keyof WatchEvents, argument?: unknown): boolean {
    if (event === 'stop') this.#onStop(this);
    const isHeard = super.emit(event, argument as never);
    if (event === 'stop' && argument === 'idle') {
      const { id, path, maxIdleTimeout } = this.config;
      const message = `the watch of ${quote(id)} has stopped (idle): nothing has changed for ${maxIdleTimeout} ms`;
      guardLogger(this.#client.logger)[isHeard ? 'info' : 'warn']({ path, reason: argument }, message);
    }
    return isHeard;
  }

  get ready(): Promise<void> {
    return this.#controller.ready;
  }

  get stopped(): boolean {
    return this.#controller.isOver;
  }

  get status(): WatchStatus {
    return this.#controller.isFresh ? 'fresh' : 'stale';
  }

  get position(): bigint | undefined {
    return this.#controller.position;
  }

  stop(): void {
    this.#controller.stopByUser();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Starts to observe. @internal */
  begin(controller: Controlled): void {
    this.#controller = controller;
    controller.begin();
  }

  /** The client's state has changed. @internal */
  currencyChanged(): void {
    this.#controller.currencyChanged();
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#controller.reportThrown(error, 'a listener');
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return WATCH_EVENTS;
  }
}
