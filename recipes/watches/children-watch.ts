import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { validatePath } from '../../lib/core/paths.js';
import { type FunctionCall, NodeWatch, toFunctionAndOptions, validateClient, type Watch } from '../delivering/index.js';
import { type ChildrenState, childrenAspect } from '../observing/index.js';
import { AspectController } from './aspect-controller.js';
import { type ChildrenDiff, diffChildren } from './children-diff.js';
import { validateChildrenWatchOptions } from './watch-arguments.js';
import type { ChildrenWatchOptions } from './watch-types.js';

/**
 * The function of a {@link ChildrenWatch}. `children` has the names, sorted; the array belongs to the function. `event`
 * is passed with `sendEvent` or `sendDiff` only: `null` on the first call and after a recovery, otherwise an event that
 * agrees with the state delivered. `diff` is passed with `sendDiff` only, and compares with the previous call.
 *
 * Return `false`, or a promise of `false`, to stop the watch; with any other value it continues.
 */
export type ChildrenWatchFunction = (children: string[], event: WatchedEvent | null, diff: ChildrenDiff) => unknown;

/** The function of a {@link ChildrenWatch} with `waitForNode`: `children` is `null` while the znode is missing. */
export type WaitingChildrenWatchFunction = (
  children: string[] | null,
  event: WatchedEvent | null,
  diff: ChildrenDiff,
) => unknown;

/**
 * A turn of a loop over a {@link ChildrenWatch}; `added` and `removed` compare with the previous turn.
 *
 * @typeParam W whether the watch may wait for its znode
 */
export interface ChildrenChange<W extends boolean = false> extends ChildrenDiff {
  /** The names of the children, sorted; with `waitForNode`, `null` while the znode is missing. */
  readonly children: string[] | (true extends W ? null : never);
  /** `null` in the first turn and after a recovery. */
  readonly event: WatchedEvent | null;
}

type AnyFunction = ChildrenWatchFunction | WaitingChildrenWatchFunction;
type Call = FunctionCall<ChildrenState, WaitingChildrenWatchFunction>;

const copyOf = (children: string[] | null): string[] | null => children && [...children];

const callPlainly: Call = (func, { children }) => (func as (children: string[] | null) => unknown)(copyOf(children));

const callWithEvent: Call = (func, { children }, event) =>
  (func as (children: string[] | null, event: WatchedEvent | null) => unknown)(copyOf(children), event);

const callWithDiff: Call = (func, { children }, event, before) =>
  func(copyOf(children), event, diffChildren(before?.children ?? [], children ?? []));

/**
 * Watches the children of a znode: calls a function with their names as soon as they are known, and whenever a child is
 * created or deleted. It survives connection losses, server changes and session expiries until it is stopped.
 *
 * Changes that arrive faster than the function settles are coalesced: it is called with the newest list, one call at a
 * time, and never misses the last one. A child that was replaced by another of the same name is a change, although the
 * list is equal. Changes of the children's data, and of grandchildren, are not reported.
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
  /**
   * Makes a watch with its function, and starts it. The client need not be connected yet.
   *
   * @param func first called after the constructor has returned. `null`: `register` or a loop follows.
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments.
   */
  constructor(
    client: CoordinationClient,
    path: string,
    func?: ChildrenWatchFunction | null,
    options?: ChildrenWatchOptions & { waitForNode?: false | undefined },
  );
  /** Makes a watch that may wait for its znode while it is missing: the function must accept `null`. */
  constructor(
    client: CoordinationClient,
    path: string,
    func: WaitingChildrenWatchFunction | null | undefined,
    options: ChildrenWatchOptions & { waitForNode?: W | undefined },
  );
  /** Makes a watch that starts with `register` or a loop. */
  constructor(
    client: CoordinationClient,
    path: string,
    options?: ChildrenWatchOptions & { waitForNode?: W | undefined },
  );
  constructor(
    client: CoordinationClient,
    path: string,
    funcOrOptions?: AnyFunction | ChildrenWatchOptions | null,
    laterOptions?: ChildrenWatchOptions,
  ) {
    const { func, options } = toFunctionAndOptions<AnyFunction, ChildrenWatchOptions>(funcOrOptions, laterOptions);
    validateClient(client);
    validateChildrenWatchOptions(options);
    validatePath(path);
    const { allowSessionLost = true, sendEvent = false, sendDiff = false, waitForNode = false } = options ?? {};
    const config = {
      aspect: childrenAspect,
      waitsForNode: waitForNode,
      outlivesSession: allowSessionLost,
      changeEvent: 'NodeChildrenChanged',
      call: sendDiff ? callWithDiff : sendEvent ? callWithEvent : callPlainly,
    } as const;
    const toController = (watch: Watch) =>
      new AspectController<ChildrenState, WaitingChildrenWatchFunction>(watch, client, config, options?.signal);
    super(path, toController, func as WaitingChildrenWatchFunction | null);
  }

  /**
   * The watch as a loop over the newest lists, in place of a function: the body is the call, and changes during the
   * body are coalesced. The watch starts with the loop, and stops when the loop ends by `break`, `return` or a throw.
   * The loop ends when the watch is stopped or the client is closed. Any other end is thrown: the signal's reason,
   * {@link NoNodeError}, {@link SessionExpiredError}, or the error that stops the watch with the reason `error`.
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
    return this.iterate<ChildrenChange<W>>(
      (deliver) => (children, event, diff) =>
        deliver({ children: children as ChildrenChange<W>['children'], event, ...diff }),
      callWithDiff,
    );
  }

  /**
   * Registers the function, when the constructor received none, and starts the watch. With `waitForNode` the function
   * must accept `null`. Does nothing on a watch that has stopped.
   *
   * @param func first called in a later microtask
   * @throws {@link WatchInUseError} when the watch has a function or an iterator.
   * @throws {@link InvalidArgumentError} when `func` is not a function.
   */
  override register(
    func: (children: ChildrenChange<W>['children'], event: WatchedEvent | null, diff: ChildrenDiff) => unknown,
  ): this {
    return super.register(func as WaitingChildrenWatchFunction);
  }
}
