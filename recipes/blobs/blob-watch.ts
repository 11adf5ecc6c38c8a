import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { guardLogger } from '../../lib/core/logger.js';
import { quote } from '../../lib/core/validation.js';
import { type StopReason, WATCH_EVENTS, type Watch, type WatchEvents, type WatchStatus } from '../delivering/index.js';
import type { Requests } from './requests.js';
import type { BlobWatch } from './types.js';

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

/** The znode, and the name, that a watch is made for. */
export interface WatchedPath {
  readonly id: string;
  /** The znode that is observed. */
  readonly path: string;
  readonly maxIdleTimeout: number;
}

/** A watch of one blob, or of those with a prefix. */
export class StoredBlobWatch extends GuardedEmitter<WatchEvents> implements BlobWatch {
  readonly id: string;
  readonly #controller: Controlled;

  /**
   * @param toController makes the controller, which is then begun
   * @param onStop called in a microtask after the watch has stopped
   */
  constructor(
    requests: Requests,
    { id, path, maxIdleTimeout }: WatchedPath,
    toController: (watch: Watch) => Controlled,
    onStop: () => void,
  ) {
    super();
    this.id = id;
    const emit = (event: keyof WatchEvents, argument?: unknown): boolean => {
      if (event !== 'stop') return this.emit(event, argument as never);
      onStop();
      const isHeard = this.emit('stop', argument as StopReason);
      if (argument === 'idle') {
        const level = isHeard ? 'info' : 'warn';
        const message = `the watch of ${quote(id)} has stopped (idle): nothing has changed for ${maxIdleTimeout} ms`;
        guardLogger(requests.client.logger)[level]({ path, reason: 'idle' }, message);
      }
      return isHeard;
    };
    this.#controller = toController({ path, emit });
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
  begin(): void {
    this.#controller.begin();
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
