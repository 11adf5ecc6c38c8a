import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { ClientClosedError } from '../../lib/core/errors.js';
import { WATCHES } from '../../lib/core/limits.js';
import { validatePath } from '../../lib/core/paths.js';
import { validateMilliseconds, validateOptions, validateSignal } from '../../lib/core/validation.js';
import { type SettledChildren, SettleWait } from './settle-wait.js';
import { validateClient } from './watch-arguments.js';

/** How a {@link PatientChildrenWatch} behaves. */
export interface PatientChildrenWatchOptions {
  /** For how long the children must not change, in ms. Default 30,000. */
  timeBoundary?: number;
}

/** How one wait of a {@link PatientChildrenWatch} behaves. */
export interface PatientStartOptions {
  /** Ends the wait; after it has settled, the waiting of `changed`. Both reject with its reason. */
  signal?: AbortSignal;
}

/**
 * Waits until the children of a znode have come to rest, as workers do after a deployment: resolves once they have not
 * changed for a time, which is counted anew from each change.
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
  /** The path of the znode. */
  readonly path: string;
  /** For how long the children must not change, in ms. */
  readonly timeBoundary: number;
  readonly #client: CoordinationClient;
  #wait: SettleWait | undefined;

  /**
   * Makes a watch; nothing is asked of the server before `start()`.
   *
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  constructor(client: CoordinationClient, path: string, options?: PatientChildrenWatchOptions) {
    validateClient(client);
    validatePath(path);
    validateOptions('options', options, ['timeBoundary']);
    const { timeBoundary = WATCHES.timeBoundary } = options ?? {};
    validateMilliseconds('timeBoundary', timeBoundary, 0);
    this.path = path;
    this.timeBoundary = timeBoundary;
    this.#client = client;
  }

  /**
   * Begins to wait. Called again while it waits it gives the same promise (a signal of the second call ends the wait as
   * well); called after that has settled it begins a new wait.
   *
   * While there is no connection nothing settles: the children are looked at again when it is back.
   *
   * @returns the children, and a promise of their first change.
   * @throws {@link NoNodeError} when there is no znode, or no more; {@link ClientClosedError} when the client is closed;
   * {@link NoAuthError} when it may not be read; the signal's reason when it aborts.
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
