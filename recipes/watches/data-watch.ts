import type { CoordinationClient, Stat, WatchedEvent } from '../../lib/core/coordination-client.js';
import { type DataState, dataKind } from '../observing/index.js';
import { NodeWatch } from './node-watch.js';
import { toFunctionAndOptions } from './watch-arguments.js';
import type { WatchOptions, WatchRecipe } from './watch-types.js';

/**
 * Is called with the data of a znode. `data` and `stat` are `null` while there is no znode; a znode without data has an empty
 * Buffer. `event` is `null` unless the server's watch caused the call, and agrees with the state delivered: after
 * a deletion and a recreation that came as one, it is no `NodeDeleted`.
 *
 * The Buffer and the stat are shared by all watches of the path: do not write to them.
 *
 * Return `false`, or a promise of it, to stop the watch; whatever else is returned goes on.
 */
export type DataWatchFunction = (data: Buffer | null, stat: Stat | null, event: WatchedEvent | null) => unknown;

/** What a loop over a {@link DataWatch} gets, as its function would. */
export interface DataChange {
  /** `null` while there is no znode. Shared by all watches of the path: do not write to it. */
  readonly data: Buffer | null;
  /** `null` while there is no znode. */
  readonly stat: Stat | null;
  /** `null` unless the server's watch caused the change to be known. */
  readonly event: WatchedEvent | null;
}

/** How a {@link DataWatch} behaves. */
export interface DataWatchOptions extends WatchOptions {}

const RECIPE: WatchRecipe<DataState, DataWatchFunction> = {
  kind: dataKind,
  waitsForNode: true,
  outlivesSession: true,
  changeEvent: 'NodeDataChanged',
  call: (func, { data, stat }, event) => func(data, stat, event),
};

/**
 * Watches the data of a znode, be it there or not: calls a function as soon as the state is known and at each change.
 * It goes on over connection losses, server changes and session expiries until it is stopped.
 *
 * Changes that come faster than the function takes are coalesced: it is called with the newest state, one call at a
 * time, and never misses the last. A set of the same value is a change; a change of the ACL is none.
 *
 * Stops when the function returns `false`, at `stop()`, when the signal aborts, and when the client is closed.
 *
 * @example
 * ```ts
 * import { DataWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const watch = new DataWatch(client, '/config', (data, stat) => {
 *   console.log(data === null ? 'no config' : `config ${stat?.version}: ${data}`);
 * });
 * await watch.ready;
 * ```
 */
export class DataWatch extends NodeWatch<DataState, DataWatchFunction> implements AsyncIterable<DataChange> {
  /**
   * Makes a watch with its function, and starts it. The client need not be connected yet.
   *
   * @param func is first called after the constructor has returned. `null`: to be registered later.
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input.
   */
  constructor(client: CoordinationClient, path: string, func?: DataWatchFunction | null, options?: DataWatchOptions);
  /** Makes a watch whose function is to be registered. */
  constructor(client: CoordinationClient, path: string, options?: DataWatchOptions);
  constructor(
    client: CoordinationClient,
    path: string,
    funcOrOptions?: DataWatchFunction | DataWatchOptions | null,
    laterOptions?: DataWatchOptions,
  ) {
    const { func, options } = toFunctionAndOptions<DataWatchFunction, DataWatchOptions>(funcOrOptions, laterOptions, [
      'signal',
    ]);
    super(client, path, RECIPE, options.signal);
    if (func) this.register(func);
  }

  /**
   * The watch as a loop over the newest states, in place of a function: the body is the call, and what changes meanwhile
   * is coalesced. The watch starts with the loop and stops with it, by `break`, `return` or a throw. The loop ends when the watch is
   * stopped or the client closed, and throws the signal's reason when it aborts, as well as what ends the watch with `error`.
   *
   * @throws {@link WatchInUseError} when the watch has a function or an iterator.
   *
   * @example
   * ```ts
   * import { DataWatch, ZooKeeperClient } from 'zk-recipes';
   *
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * for await (const { data } of new DataWatch(client, '/config')) {
   *   console.log(`config: ${data}`);
   *   if (String(data) === 'final') break;
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<DataChange> {
    return this.iterate<DataChange>((hand) => (data, stat, event) => hand({ data, stat, event }));
  }
}
