import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { validatePath } from '../../lib/core/paths.js';
import { invalid, validateFunction, validateSignal } from '../../lib/core/validation.js';
import type { NodeState } from '../observing/aspect.js';
import { WatchLife, type WatchRecipe } from './watch-controller.js';
import { WatchIterator } from './watch-iterator.js';

/**
 * Why a watch has stopped.
 *
 * - `returned-false`: its function returned `false`, or a promise of it.
 * - `stopped`: `stop()` was called.
 * - `aborted`: its signal aborted.
 * - `client-closed`: the client was closed.
 * - `session-lost`: the session was lost, and the watch was not to outlive it.
 * - `no-node`: the znode is missing, and the watch was not to wait for it.
 * - `error`: a read failed of something that trying again cannot mend.
 */
export type StopReason =
  | 'returned-false'
  | 'stopped'
  | 'aborted'
  | 'client-closed'
  | 'session-lost'
  | 'no-node'
  | 'error';

/** The events of a watch. */
export interface WatchEvents {
  /**
   * The function threw, or a read failed of something else than the connection. The watch goes on, unless trying again cannot
   * mend it: then `stop` follows, with `error`. Without a listener it goes to the client's logger.
   */
  error: (error: unknown) => void;
  /**
   * The connection was gone, and is back: what the function was called with last is what the server holds, changed meanwhile or
   * not, the call has settled, and further changes will be told. The status is `fresh`.
   */
  resynced: () => void;
  /** The watch has stopped: no call begins any more. One that has begun may still run. */
  stop: (reason: StopReason) => void;
}

/**
 * What a watch knows.
 *
 * - `fresh`: the function was called with the newest state, and the server would tell of a change. A server that is cut off
 *   from the others, or has fallen silent, is only noticed later.
 * - `stale`: it was not called yet, there is no connection, or a change is being looked into; at the end it stays so.
 */
export type WatchStatus = 'fresh' | 'stale';

/** How any watch behaves. */
export interface WatchOptions {
  /** Stops the watch when it aborts. */
  signal?: AbortSignal;
}

/**
 * What every watch of a znode does: calls one function with the state of the znode, first as soon as it is known and
 * then at each change, one call at a time, until the function returns `false` or the watch is stopped.
 *
 * @typeParam S what is told of the znode
 * @typeParam F the function that is called
 */
export abstract class NodeWatch<S extends NodeState, F extends (...args: never[]) => unknown>
  extends GuardedEmitter<WatchEvents>
  implements Disposable
{
  /** The path of the znode. */
  readonly path: string;
  readonly #life: WatchLife<S, F>;

  /** @internal */
  protected constructor(
    client: CoordinationClient,
    path: string,
    recipe: WatchRecipe<S, F>,
    signal: AbortSignal | undefined,
  ) {
    super();
    validateClient(client);
    validatePath(path);
    validateSignal('signal', signal);
    this.path = path;
    this.#life = new WatchLife(this, client, recipe, signal);
  }

  /**
   * Settles once the function has been called once and has settled. Rejects with what the first call threw, with what
   * stopped the watch before its first call, or with what the first read failed of (as {@link NoAuthError}): the watch
   * goes on in the last case, and calls when it may. A rejection that nobody awaits does no harm. In a loop the first turn is the
   * first call: it has settled when the next turn begins, or the loop ends.
   */
  get ready(): Promise<void> {
    return this.#life.ready;
  }

  /** Whether the watch has stopped, for whatever reason. */
  get stopped(): boolean {
    return this.#life.isOver;
  }

  /** Whether what the function was called with last is known to be so still. */
  get status(): WatchStatus {
    return this.#life.isFresh ? 'fresh' : 'stale';
  }

  /**
   * Registers the function, when the constructor was given none, and starts the watch. Nothing happens on a watch that
   * has been stopped.
   *
   * @throws {@link WatchInUseError} when the watch has a function.
   * @throws {@link InvalidArgumentError} when it is no function.
   */
  register(func: F): this {
    validateFunction('func', func);
    this.#life.claim(func);
    this.#life.begin();
    return this;
  }

  /** Stops the watch: no call begins after this returns, and the client keeps nothing of it. Safe more than once. */
  stop(): void {
    this.#life.stopByUser();
  }

  /** The same as {@link NodeWatch.stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * The watch as a loop.
   *
   * @param toFunction makes the function that hands each value to the loop
   * @internal
   */
  protected iterate<T>(toFunction: (hand: (value: T) => Promise<void> | undefined) => F): AsyncIterableIterator<T> {
    const iterator = new WatchIterator<T>(this.#life);
    this.#life.claim(toFunction(iterator.hand), iterator.ended);
    return iterator;
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#life.log(error, `a listener of the watch of ${this.path} threw`);
  }
}

/** Throws unless the client can carry a recipe. */
export function validateClient(client: unknown): void {
  const { getData, getChildren, exists, on, off } = (client ?? {}) as Partial<CoordinationClient>;
  for (const method of [getData, getChildren, exists, on, off]) {
    if (typeof method !== 'function')
      throw invalid('client', client, 'a CoordinationClient, such as a ZooKeeperClient');
  }
}
