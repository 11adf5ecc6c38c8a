import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { ClientClosedError } from '../../lib/core/errors.js';
import { WATCHES } from '../../lib/core/limits.js';
import { validatePath } from '../../lib/core/paths.js';
import { warnOfShortDuration } from '../../lib/core/short-durations.js';
import { validateMilliseconds, validateOptions, validateSignal } from '../../lib/core/validation.js';
import { validateClient } from '../delivering/index.js';
import { type SettledChildren, SettleWait } from './settle-wait.js';

/** Options of a {@link PatientChildrenWatch}. */
export interface PatientChildrenWatchOptions {
  /** How long the children must stay unchanged, in ms. Default 30,000. */
  timeBoundary?: number | undefined;
}

/** Options of one wait of a {@link PatientChildrenWatch}. */
export interface PatientStartOptions {
  /** Ends the wait, and after it the wait for `changed`. Both promises reject with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Waits until the children of a znode have settled, as workers do after a deployment: until they have stayed unchanged
 * for a given time. Each change restarts the time.
 *
 * @example
 * ```ts
 * import { PatientChildrenWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const watch = new PatientChildrenWatch(client, '/workers', { timeBoundary: 5_000 });
 * for (;;) {
 *   const { children, changed } = await watch.start();
 *   console.log('sharing the work among', children);
 *   await changed;
 * }
 * ```
 */
export class PatientChildrenWatch {
  /** The path of the znode, relative to the client's chroot. */
  readonly path: string;
  /** How long the children must stay unchanged, in ms. */
  readonly timeBoundary: number;
  readonly #client: CoordinationClient;
  #wait: SettleWait | undefined;

  /**
   * Makes a watch; it sends no request before `start()`.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments.
   */
  constructor(client: CoordinationClient, path: string, options?: PatientChildrenWatchOptions) {
    validateClient(client);
    validatePath(path);
    validateOptions('options', options, ['timeBoundary']);
    const { timeBoundary = WATCHES.timeBoundary } = options ?? {};
    validateMilliseconds('timeBoundary', timeBoundary, 0);
    warnOfShortDuration(client, client.logger, 'timeBoundary', timeBoundary);
    this.path = path;
    this.timeBoundary = timeBoundary;
    this.#client = client;
  }

  /**
   * Starts a wait. During a wait, further calls return the same promise, and a signal of theirs ends the wait as well;
   * after it has settled, the next call starts a new wait.
   *
   * The wait does not settle without a connection: when the connection returns, the children are read again.
   *
   * @returns the children, and a promise of their first change.
   * @throws {@link NoNodeError} when the znode is missing or is deleted; {@link ClientClosedError} when the client is
   * closed; {@link NoAuthError} when the znode may not be read; the signal's reason when it aborts.
   */
  start(options?: PatientStartOptions): Promise<SettledChildren> {
    try {
      validateOptions('options', options, ['signal']);
      validateSignal('signal', options?.signal);
      options?.signal?.throwIfAborted();
      if (this.#client.state === 'closed') throw new ClientClosedError('start(): the client is closed');
    } catch (error) {
      return Promise.reject(error);
    }
    const wait = this.#wait ?? this.#begin();
    if (options?.signal) wait.endWith(options.signal);
    return wait.settled;
  }

  #begin(): SettleWait {
    const wait = new SettleWait(this.#client, this.path, this.timeBoundary, () => {
      this.#wait = undefined;
    });
    if (wait.isSettling) this.#wait = wait;
    return wait;
  }
}
