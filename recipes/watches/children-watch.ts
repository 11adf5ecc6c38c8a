import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { validateBoolean } from '../../lib/core/validation.js';
import { type ChildrenState, childrenKind } from '../observing/index.js';
import { type ChildrenDiff, diffChildren } from './children-diff.js';
import { NodeWatch } from './node-watch.js';
import { toFunctionAndOptions } from './watch-arguments.js';
import type { WatchOptions, WatchRecipe } from './watch-types.js';

/**
 * Is called with the names of the children, sorted; the array is the function's own. `event` is passed with `sendEvent`
 * or `sendDiff` only: `null` on the first call and after a recovery, else what happened, agreeing with the state delivered. `diff`,
 * passed with `sendDiff` only, is what has changed since the call before.
 *
 * Return `false`, or a promise of it, to stop the watch; whatever else is returned goes on.
 */
export type ChildrenWatchFunction = (children: string[], event: WatchedEvent | null, diff: ChildrenDiff) => unknown;

/** The same for a watch with `waitForNode`: `children` is `null` while there is no znode. */
export type WaitingChildrenWatchFunction = (
  children: string[] | null,
  event: WatchedEvent | null,
  diff: ChildrenDiff,
) => unknown;

/**
 * What a loop over a {@link ChildrenWatch} gets.
 *
 * @typeParam W whether the watch may wait for its znode
 */
export interface ChildrenChange<W extends boolean = false> extends ChildrenDiff {
  /** The names of the children, sorted; with `waitForNode` `null` while there is no znode. */
  readonly children: string[] | (true extends W ? null : never);
  /** `null` at first and after a recovery. */
  readonly event: WatchedEvent | null;
}

/** How a {@link ChildrenWatch} behaves. */
export interface ChildrenWatchOptions extends WatchOptions {
  /** Whether the watch goes on in a new session. Default `true`; `false`: it stops with `session-lost`. */
  allowSessionLost?: boolean;
  /** Whether the function gets the event as its second argument. Default `false`. */
  sendEvent?: boolean;
  /** Whether the function gets the event, and as its third argument what has changed. Default `false`. */
  sendDiff?: boolean;
  /**
   * Whether a missing znode is waited for. Default `false`: a missing or deleted znode stops the watch with `no-node`, and
   * `ready` rejects with {@link NoNodeError} when there was no call yet.
   */
  waitForNode?: boolean;
}

type Recipe = WatchRecipe<ChildrenState, WaitingChildrenWatchFunction>;
type Call = Recipe['call'];

const own = (children: string[] | null): string[] | null => children && [...children];

const callPlainly: Call = (func, { children }) => (func as (children: string[] | null) => unknown)(own(children));

const callWithEvent: Call = (func, { children }, event) =>
  (func as (children: string[] | null, event: WatchedEvent | null) => unknown)(own(children), event);

const callWithDiff: Call = (func, { children }, event, before) =>
  func(own(children), event, diffChildren(before?.children ?? [], children ?? []));

const OPTIONS = ['allowSessionLost', 'sendEvent', 'sendDiff', 'waitForNode', 'signal'];

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
export class ChildrenWatch<W extends boolean = false>
  extends NodeWatch<ChildrenState, WaitingChildrenWatchFunction>
  implements AsyncIterable<ChildrenChange<W>>
{
  readonly #recipe: { call: Call };

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
    options: ChildrenWatchOptions & { waitForNode?: W },
  );
  /** Makes a watch whose function is to be registered. */
  constructor(client: CoordinationClient, path: string, options?: ChildrenWatchOptions & { waitForNode?: W });
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
    const { allowSessionLost = true, sendEvent = false, sendDiff = false, waitForNode = false, signal } = options;
    validateBoolean('allowSessionLost', allowSessionLost);
    validateBoolean('sendEvent', sendEvent);
    validateBoolean('sendDiff', sendDiff);
    validateBoolean('waitForNode', waitForNode);
    const recipe: Recipe = {
      kind: childrenKind,
      waitsForNode: waitForNode,
      outlivesSession: allowSessionLost,
      changeEvent: 'NodeChildrenChanged',
      call: sendDiff ? callWithDiff : sendEvent ? callWithEvent : callPlainly,
    };
    super(client, path, recipe, signal);
    this.#recipe = recipe;
    if (func) this.register(func);
  }

  /**
   * The watch as a loop over the newest lists, in place of a function: the body is the call, and what changes meanwhile is
   * coalesced; `added` and `removed` are since the last turn. The watch starts with the loop and stops with it, by `break`,
   * `return` or a throw. The loop ends when the watch is stopped or the client closed, and throws what else ends it: the signal's
   * reason, {@link NoNodeError}, {@link SessionExpiredError}.
   *
   * @throws {@link WatchInUseError} when the watch has a function or an iterator.
   *
   * @example
   * ```ts
   * import { ChildrenWatch, ZooKeeperClient } from 'zk-recipes';
   *
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * for await (const { children, added, removed } of new ChildrenWatch(client, '/workers')) {
   *   console.log(`${children.length} workers; came: ${added.join()}; went: ${removed.join()}`);
   *   if (children.length === 0) break;
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChildrenChange<W>> {
    const iterator = this.iterate<ChildrenChange<W>>((hand) => (children, event, { added, removed }) => {
      return hand({ children: children as ChildrenChange<W>['children'], event, added, removed });
    });
    this.#recipe.call = callWithDiff;
    return iterator;
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
