import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { validatePath } from '../../lib/core/paths.js';
import type { Checkpoint } from '../changes/index.js';
import { NodeWatch, toFunctionAndOptions, validateClient } from '../delivering/index.js';
import { TreeController } from './tree-controller.js';
import { validateSinceOf, validateTreeWatchOptions } from './tree-options.js';
import type { TreeSnapshot } from './tree-snapshot.js';
import type { TreeMode } from './tree-source.js';
import type { TreeTurn, TreeWatchFunction, TreeWatchOptions } from './types.js';

/**
 * Watches a znode, whether or not it exists, and all below it: calls a function with the whole tree as soon as it is
 * known, and with the tree and what has changed whenever something has. It survives connection losses, server changes
 * and session expiries until it is stopped.
 *
 * Changes that arrive faster than the function settles are coalesced, to one per znode. They come in the order of their
 * transactions, and a znode's creation before those below it, its deletion after those. Znodes are compared by zxid:
 * one that was deleted and created again is `modified` and `recreated`. A change of the ACL is not reported.
 *
 * With a client and servers that have recursive watches (ZooKeeper from 3.6 on) the server keeps one watch for the
 * tree, and after a recovery reports only what has changed. Otherwise there are two one-shot watches per znode.
 *
 * @example
 * ```ts
 * import { TreeWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * const watch = new TreeWatch(client, '/config', (tree, changes) => {
 *   for (const { type, path, node } of changes) console.log(type, path, String(node?.data ?? ''));
 *   console.log(`${tree.size} znodes`);
 * });
 * await watch.ready;
 * ```
 */
export class TreeWatch extends NodeWatch<TreeSnapshot, TreeWatchFunction> implements AsyncIterable<TreeTurn> {
  /** @internal */
  declare protected readonly controller: TreeController;

  /**
   * Makes a watch with its function, and starts it. The client need not be connected yet.
   *
   * @param func first called after the constructor has returned. `null`: `register` or a loop follows.
   * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments.
   */
  constructor(client: CoordinationClient, path: string, func?: TreeWatchFunction | null, options?: TreeWatchOptions);
  /** Makes a watch that starts with `register` or a loop. */
  constructor(client: CoordinationClient, path: string, options?: TreeWatchOptions);
  constructor(
    client: CoordinationClient,
    path: string,
    funcOrOptions?: TreeWatchFunction | TreeWatchOptions | null,
    laterOptions?: TreeWatchOptions,
  ) {
    const { func, options } = toFunctionAndOptions<TreeWatchFunction, TreeWatchOptions>(funcOrOptions, laterOptions);
    validateClient(client);
    validateTreeWatchOptions(options);
    validatePath(path);
    const { data = true, depth = Infinity, ignore, since, signal, maxIdleTimeout = Infinity } = options ?? {};
    validateSinceOf(path, since);
    const selection = { kind: 'tree', path, hasData: data, depth, ignore } as const;
    const config = { ...selection, since, first: 'created', maxIdleTimeout, isStirredByCalls: true, signal } as const;
    super(path, (watch) => new TreeController(watch, client, config), func);
  }

  /**
   * How the server is asked: by one `recursive` watch, or by `one-shot` watches of each znode. `null` before it is
   * known, and without a function or a loop.
   */
  get mode(): TreeMode | null {
    return this.controller.mode;
  }

  /**
   * The zxid up to which every change was delivered, and its call has settled. It also moves while nothing changes in
   * the tree, and never goes back; after a restore of the ensemble from a backup it starts again.
   */
  get position(): bigint {
    return this.controller.position;
  }

  /**
   * Whether the first call had every deletion since `since`: with a {@link Checkpoint} of the same ensemble, and
   * without `since`.
   */
  get complete(): boolean {
    return this.controller.isComplete;
  }

  /**
   * Returns the position with the znodes known then, to resume from in another process: by `since`. It does not include
   * the changes of a call that has not settled, such as the one in which it is asked for. Before the first call has
   * settled it is the moment of `since`, or one at which there was no znode.
   */
  checkpoint(): Checkpoint {
    return this.controller.toCheckpoint();
  }

  /**
   * The watch as a loop over the newest trees, in place of a function: the body is the call, and changes during the
   * body are coalesced. The watch starts with the loop, and stops when the loop ends by `break`, `return` or a throw.
   * The loop ends when the watch is stopped or idle, or the client is closed. It throws the signal's reason when the
   * signal aborts, and the error that stops the watch with the reason `error`.
   *
   * @throws {@link WatchInUseError} when the watch has a function or an iterator.
   *
   * @example
   * ```ts
   * import { TreeWatch, ZooKeeperClient } from 'zk-recipes';
   *
   * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
   * for await (const { tree, changes } of new TreeWatch(client, '/config')) {
   *   console.log(`${tree.size} znodes, ${changes.length} changes`);
   *   if (tree.size === 0) break;
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<TreeTurn> {
    return this.iterate<TreeTurn>((deliver) => (tree, changes) => deliver({ tree, changes }));
  }
}
