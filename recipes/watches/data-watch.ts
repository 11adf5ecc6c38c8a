import type { CoordinationClient, Stat, WatchedEvent } from '../../lib/core/coordination-client.js';
import { validatePath } from '../../lib/core/paths.js';
import { NodeWatch, toFunctionAndOptions, validateClient } from '../delivering/index.js';
import { type DataState, dataAspect, toBuffer } from '../observing/index.js';
import { AspectController } from './aspect-controller.js';
import { validateDataWatchOptions } from './watch-arguments.js';
import type { DataWatchOptions, WatchConfig } from './watch-types.js';

/**
 * The function of a {@link DataWatch}. `data` and `stat` are `null` while the znode is missing; a znode without data
 * has an empty Buffer. `event` is `null` unless an event of the server caused the call, and agrees with the state
 * delivered: a deletion and a recreation that were coalesced into one call give no `NodeDeleted`.
 *
 * The Buffer belongs to the function, with memory of its own; the stat is frozen, as all watches of the path share it.
 *
 * Return `false`, or a promise of `false`, to stop the watch; with any other value it continues.
 */
export type DataWatchFunction = (data: Buffer | null, stat: Stat | null, event: WatchedEvent | null) => unknown;

/** A turn of a loop over a {@link DataWatch}: the arguments of a {@link DataWatchFunction}. */
export interface DataChange {
  /** `null` while the znode is missing. Belongs to the loop, with memory of its own. */
  readonly data: Buffer | null;
  /** `null` while the znode is missing. Frozen. */
  readonly stat: Stat | null;
  /** `null` unless an event of the server caused the turn. */
  readonly event: WatchedEvent | null;
}

const CONFIG: WatchConfig<DataState, DataWatchFunction> = {
  aspect: dataAspect,
  waitsForNode: true,
  outlivesSession: true,
  changeEvent: 'NodeDataChanged',
  call: (func, { data, stat }, event) => func(data === null ? null : toBuffer(data), stat, event),
};

/**
 * Watches the data of a znode, whether or not the znode exists: calls a function as soon as the state is known and on
 * every change. It survives connection losses, server changes and session expiries until it is stopped.
 *
 * Changes that arrive faster than the function settles are coalesced: it is called with the newest state, one call at a
 * time, and never misses the last state. Setting the same value again is a change; a change of the ACL is not.
 *
 * The watch stops when the function returns `false`, by `stop()`, when the signal aborts, and when the client is
 * closed.
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
   * @param func first called after the constructor has returned. `null`: `register` or a loop follows.
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments.
   */
  constructor(client: CoordinationClient, path: string, func?: DataWatchFunction | null, options?: DataWatchOptions);
  /** Makes a watch that starts with `register` or a loop. */
  constructor(client: CoordinationClient, path: string, options?: DataWatchOptions);
  constructor(
    client: CoordinationClient,
    path: string,
    funcOrOptions?: DataWatchFunction | DataWatchOptions | null,
    laterOptions?: DataWatchOptions,
  ) {
    const { func, options } = toFunctionAndOptions<DataWatchFunction, DataWatchOptions>(funcOrOptions, laterOptions);
    validateClient(client);
    validateDataWatchOptions(options);
    validatePath(path);
    super(path, (watch) => new AspectController(watch, client, CONFIG, options?.signal), func);
  }

  /**
   * The watch as a loop over the newest states, in place of a function: the body is the call, and changes during the
   * body are coalesced. The watch starts with the loop, and stops when the loop ends by `break`, `return` or a throw.
   * The loop ends when the watch is stopped or the client is closed. It throws the signal's reason when the signal
   * aborts, and the error that stops the watch with the reason `error`.
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
    return this.iterate<DataChange>((deliver) => (data, stat, event) => deliver({ data, stat, event }));
  }
}
