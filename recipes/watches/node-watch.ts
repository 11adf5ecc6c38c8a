import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { validatePath } from '../../lib/core/paths.js';
import { validateFunction, validateSignal } from '../../lib/core/validation.js';
import type { NodeState } from '../observing/index.js';
import { validateClient } from './watch-arguments.js';
import { WatchLife } from './watch-controller.js';
import { WatchIterator } from './watch-iterator.js';
import type { WatchEvents, WatchRecipe, WatchStatus } from './watch-types.js';

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
