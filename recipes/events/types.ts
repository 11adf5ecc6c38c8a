import type { ChangeFilter, Checkpoint, TreeChange } from '../changes/index.js';
import type { StopReason } from '../delivering/index.js';

/** Options of {@link subscribe}. */
export interface SubscribeOptions {
  /**
   * The moment after which changes are handed out. With a {@link Checkpoint} it is exact. With a zxid, a znode that was
   * deleted since then is not found, and `complete` is `false`. Default: only changes after `ready`.
   */
  since?: bigint | Checkpoint | undefined;
  /** Whether the znodes of changes have data. Default `true`. */
  data?: boolean | undefined;
  /** Closes the subscription when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * Closes the subscription, with the reason `idle`, when it had no change to hand out for so long, in ms. The time
   * counts while it is up to date. Default `Infinity`.
   */
  maxIdleTimeout?: number | undefined;
}

/** How a subscription learns of changes. */
export type Transport = 'watch' | 'websocket' | 'poll';

/** The function of a subscription. Return `false`, or a promise of `false`, to close the subscription. */
export type ChangeFunction = (change: TreeChange) => unknown;

/**
 * A subscription to changes. Without a function it is iterated over, once: the loop's body takes the function's place.
 */
export interface Subscription extends AsyncIterable<TreeChange>, AsyncDisposable {
  /** The path below which changes are subscribed to. */
  readonly path: string;
  /**
   * Resolves once the subscription stands: changes from now on are handed out, and with a function those since `since`
   * were. Rejects when it is closed before. It never causes an unhandled rejection.
   */
  readonly ready: Promise<void>;
  /** How the subscription learns of changes; `null` before it is known. */
  readonly transport: Transport | null;
  /**
   * The zxid up to which every change was handed out, and its call has settled. It also moves while nothing matches or
   * changes, and never goes back; after a restore of the ensemble from a backup it starts again.
   */
  readonly position: bigint;
  /** Whether every deletion since `since` is handed out: not with a zxid, nor with a moment of another ensemble. */
  readonly complete: boolean;
  /**
   * Returns the position with the znodes known then, to resume from: by `since`. It does not include a change whose
   * call has not settled, such as the one in which it is asked for.
   */
  checkpoint(): Checkpoint;
  /**
   * Adds a filter. Resolves once it counts. Rejects with {@link WatchStoppedError} when the subscription is closed, and
   * with {@link InvalidArgumentError} unless it is a filter.
   *
   * @param options with `since`, also znodes that have changed after this zxid, and were not handed out, are
   */
  subscribe(filter: ChangeFilter, options?: { since?: bigint | undefined }): Promise<void>;
  /**
   * Removes a filter with the same properties, one of as many as were subscribed. Resolves once it counts no more.
   *
   * @throws {@link NotSubscribedError} when there is no such filter.
   */
  unsubscribe(filter: ChangeFilter): Promise<void>;
  /** Resolves with the reason when the subscription is closed, by whatever cause. */
  readonly closed: Promise<StopReason>;
  /** Closes the subscription: no call begins after this returns. Idempotent. */
  close(): Promise<void>;
  /** Adds a listener of errors: the function threw, or a read failed. The subscription continues. */
  on(event: 'error', listener: (error: unknown) => void): this;
  /** Adds a listener of the ends of interruptions: all changes until then were handed out. */
  on(event: 'resynced', listener: () => void): this;
  /** Adds a listener of the end of the subscription. */
  on(event: 'stop', listener: (reason: StopReason) => void): this;
}
