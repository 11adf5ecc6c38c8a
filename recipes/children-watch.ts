import type { CoordinationClient, WatchedEvent } from '../lib/coordination-client.js';
import { validateBoolean } from '../lib/validation.js';
import { type ChildrenState, childrenKind } from './node-kind.js';
import { NodeWatch, type WatchOptions } from './node-watch.js';
import { toFunctionAndOptions } from './watch-arguments.js';
import type { WatchRecipe } from './watch-life.js';

/**
 * Is called with the names of the children, sorted; the array is the function's own. `event` is passed with `sendEvent`
 * only: `null` on the first call and after a recovery, else what happened, agreeing with the state delivered.
 *
 * Return `false`, or a promise of it, to stop the watch; whatever else is returned goes on.
 */
export type ChildrenWatchFunction = (children: string[], event: WatchedEvent | null) => unknown;

/** The same for a watch with `waitForNode`: `children` is `null` while there is no znode. */
export type WaitingChildrenWatchFunction = (children: string[] | null, event: WatchedEvent | null) => unknown;

/** How a {@link ChildrenWatch} behaves. */
export interface ChildrenWatchOptions extends WatchOptions {
  /** Whether the watch goes on in a new session. Default `true`; `false`: it stops with `session-lost`. */
  allowSessionLost?: boolean;
  /** Whether the function gets the event as its second argument. Default `false`. */
  sendEvent?: boolean;
  /**
   * Whether a missing znode is waited for. Default `false`: a missing or deleted znode stops the watch with `no-node`, and
   * `ready` rejects with {@link NoNodeError} when there was no call yet.
   */
  waitForNode?: boolean;
}

type Recipe = WatchRecipe<ChildrenState, WaitingChildrenWatchFunction>;

function recipe(waitsForNode: boolean, outlivesSession: boolean, sendsEvent: boolean): Recipe {
  const call = sendsEvent ? callWithEvent : callWithoutEvent;
  return { kind: childrenKind, waitsForNode, outlivesSession, changeEvent: 'NodeChildrenChanged', call };
}

const callWithEvent: Recipe['call'] = (func, { children }, event) => func(children && [...children], event);

const callWithoutEvent: Recipe['call'] = (func, { children }) =>
  (func as (children: string[] | null) => unknown)(children && [...children]);

const OPTIONS = ['allowSessionLost', 'sendEvent', 'waitForNode', 'signal'];

/**
 * Watches the children of a znode: calls a function with their names as soon as they are known, and whenever one is
 * created or deleted. It goes on over connection losses, server changes and session expiries until it is stopped.
 *
 * Changes that come faster than the function takes are coalesced: it is called with the newest list, one call at a
 * time, and never misses the last. A child that was replaced by another of the same name is a change, although the list is
 * the same. Changes of the children's data and of grandchildren are not told.
 *
 * @example
 * ```ts
 * import { ChildrenWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const watch = new ChildrenWatch(client, '/workers', (workers) => {
 *   console.log(`${workers.length} workers: ${workers.join(', ')}`);
 * });
 * await watch.ready;
 * ```
 */
export class ChildrenWatch extends NodeWatch<ChildrenState, WaitingChildrenWatchFunction> {
  /**
   * Makes a watch with its function, and starts it. The client need not be connected yet.
   *
   * @param func is first called after the constructor has returned. `null`: to be registered later.
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  constructor(
    client: CoordinationClient,
    path: string,
    func?: ChildrenWatchFunction | null,
    options?: ChildrenWatchOptions & { waitForNode?: false },
  );
  /** Makes a watch that may wait for the znode while it is missing: the function must take `null`. */
  constructor(
    client: CoordinationClient,
    path: string,
    func: WaitingChildrenWatchFunction | null | undefined,
    options: ChildrenWatchOptions,
  );
  /** Makes a watch whose function is to be registered. */
  constructor(client: CoordinationClient, path: string, options?: ChildrenWatchOptions);
  constructor(
    client: CoordinationClient,
    path: string,
    funcOrOptions?: ChildrenWatchFunction | WaitingChildrenWatchFunction | ChildrenWatchOptions | null,
    laterOptions?: ChildrenWatchOptions,
  ) {
    const { func, options } = toFunctionAndOptions<
      ChildrenWatchFunction | WaitingChildrenWatchFunction,
      ChildrenWatchOptions
    >(funcOrOptions, laterOptions, OPTIONS);
    const { allowSessionLost = true, sendEvent = false, waitForNode = false, signal } = options;
    validateBoolean('allowSessionLost', allowSessionLost);
    validateBoolean('sendEvent', sendEvent);
    validateBoolean('waitForNode', waitForNode);
    super(client, path, recipe(waitForNode, allowSessionLost, sendEvent), signal);
    if (func) this.register(func);
  }

  /**
   * Registers the function, when the constructor was given none, and starts the watch. With `waitForNode` the function
   * must take `null`.
   *
   * @throws {@link WatchInUseError} when the watch has a function.
   * @throws {@link InvalidArgumentError} when it is no function.
   */
  override register(func: ChildrenWatchFunction): this {
    return super.register(func as WaitingChildrenWatchFunction);
  }
}
