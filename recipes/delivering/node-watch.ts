import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { validateFunction } from '../../lib/core/validation.js';
import type { Watch, WatchController } from './watch-controller.js';
import { WatchIterator } from './watch-iterator.js';
import { type FunctionCall, WATCH_EVENTS, type WatchEvents, type WatchStatus } from './watch-types.js';

/**
 * The common part of {@link DataWatch}, {@link ChildrenWatch} and {@link TreeWatch}: calls one function with the state
 * of a znode or a tree, first as soon as the state is known and then on every change, one call at a time, until the
 * function returns `false` or the watch is stopped.
 *
 * @typeParam S the state of the znode or the tree
 * @typeParam F the function that is called
 */
export abstract class NodeWatch<S, F extends (...args: never[]) => unknown>
  extends GuardedEmitter<WatchEvents>
  implements Disposable
{
  /** The path of the znode, relative to the client's chroot. */
  readonly path: string;
  /** @internal */
  protected readonly controller: WatchController<S, F>;

  /**
   * The arguments are valid.
   *
   * @internal
   */
  protected constructor(path: string, toController: (watch: Watch) => WatchController<S, F>, func: F | null) {
    super();
    this.path = path;
    this.controller = toController(this);
    if (!func) {
      this.controller.awaitUse();
      return;
    }
    this.controller.claim(func);
    this.controller.begin();
  }

  /**
   * Resolves once the first call of the function has settled. Rejects with the error of the first call, with the error
   * that stopped the watch before its first call, or with the error of the first read (such as {@link NoAuthError}); in
   * the last case the watch continues, and calls the function as soon as a read succeeds. It never causes an unhandled
   * rejection. In a loop, the first turn counts as the first call: it settles when the next turn begins or the loop
   * ends.
   */
  get ready(): Promise<void> {
    return this.controller.ready;
  }

  /** Whether the watch has stopped, for any {@link StopReason}. */
  get stopped(): boolean {
    return this.controller.isOver;
  }

  /** Whether the function has been called with the server's current state, as far as it is known. */
  get status(): WatchStatus {
    return this.controller.isFresh ? 'fresh' : 'stale';
  }

  /**
   * Registers the function, when the constructor received none, and starts the watch. Does nothing on a watch that has
   * stopped.
   *
   * @param func first called in a later microtask
   * @throws {@link WatchInUseError} when the watch has a function or an iterator.
   * @throws {@link InvalidArgumentError} when `func` is not a function.
   */
  register(func: F): this {
    validateFunction('func', func);
    this.controller.claim(func);
    this.controller.begin();
    return this;
  }

  /** Stops the watch: no call begins after this returns, and the client keeps no reference to it. Idempotent. */
  stop(): void {
    this.controller.stopByUser();
  }

  /** The same as {@link NodeWatch.stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /**
   * Makes the loop that takes the place of the function.
   *
   * @param toFunction makes a function that delivers each value to the loop
   * @param call replaces the call of the configuration
   * @internal
   */
  protected iterate<T>(
    toFunction: (deliver: (value: T) => Promise<void> | undefined) => F,
    call?: FunctionCall<S, F>,
  ): AsyncIterableIterator<T> {
    const iterator = new WatchIterator<T>(this.controller);
    this.controller.claim(toFunction(iterator.deliver), { onEnd: iterator.ended, call });
    return iterator;
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.controller.reportThrown(error, 'a listener');
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return WATCH_EVENTS;
  }
}
