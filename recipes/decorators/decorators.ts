import {
  TreeWatch,
  type TreeWatchFunction,
  type TreeWatchOptions,
  validateSinceOf,
  validateTreeWatchOptions,
} from '../tree/index.js';
import {
  ChildrenWatch,
  type ChildrenWatchFunction,
  type ChildrenWatchOptions,
  DataWatch,
  type DataWatchFunction,
  type DataWatchOptions,
  validateChildrenWatchOptions,
  validateDataWatchOptions,
  type WaitingChildrenWatchFunction,
} from '../watches/index.js';
import { InstanceWatches } from './instance-watches.js';
import { UnavailableClient } from './unavailable-client.js';
import { type ClientSource, type Make, type PathSource, toDecorator, type WatchDecorator } from './watch-decorator.js';

/**
 * Calls the decorated method as the function of a {@link DataWatch}, on each instance of the class. A static method is
 * called on its class.
 *
 * The watch starts after the constructor has returned, as the instance has no fields before: in a microtask, or in
 * {@link watchesOf} when that is called earlier. It also starts when the constructor throws, which cannot be detected.
 *
 * The method is looked up at each call, so that an override in a subclass takes its place. The decorators of an
 * override replace those of the method, unless another decorator that wraps the method is above them.
 *
 * When the function for the client or the path fails, a watch is made nevertheless: it stops with the reason `error`,
 * its `ready` rejects with an {@link InvalidArgumentError} that has the failure as its `cause`, and without an `error`
 * listener the error is logged. The `path` of such a watch is `/`.
 *
 * A running watch keeps its instance alive: stop it with {@link watchesOf}, or with the signal, which all instances
 * share.
 *
 * Called with a function alone, the result makes a watch with that function, as `new DataWatch` does.
 *
 * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for invalid arguments, when it decorates anything
 * but a method, and under TypeScript's `experimentalDecorators`.
 *
 * @example
 * ```ts
 * import { dataWatch, watchesOf, ZooKeeperClient } from 'zk-recipes';
 *
 * class Service {
 *   readonly client: ZooKeeperClient;
 *   readonly name: string;
 *
 *   constructor(client: ZooKeeperClient, name: string) {
 *     this.client = client;
 *     this.name = name;
 *   }
 *
 *   @dataWatch(
 *     (self: Service) => self.client,
 *     (self: Service) => `/config/${self.name}`,
 *   )
 *   onConfig(data: Buffer | null): void {
 *     console.log(`${this.name}: ${data}`);
 *   }
 *
 *   [Symbol.dispose](): void {
 *     for (const watch of watchesOf(this)) watch.stop();
 *   }
 * }
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * using service = new Service(client, 'mail');
 * for (const watch of watchesOf(service)) await watch.ready;
 *
 * const watch = dataWatch(client, '/config')((data) => console.log(String(data)));
 * ```
 */
export function dataWatch<Self = unknown>(
  client: ClientSource<Self>,
  path: PathSource<Self>,
  options?: DataWatchOptions,
): WatchDecorator<Self, DataWatchFunction, DataWatch> {
  validateDataWatchOptions(options);
  const make: Make<DataWatchFunction, DataWatch> = (theClient, thePath, func) =>
    new DataWatch(theClient, thePath, func, options);
  return toDecorator('dataWatch', client, path, make);
}

/**
 * Calls the decorated method as the function of a {@link ChildrenWatch}, on each instance of the class. In
 * all other respects it behaves as {@link dataWatch}.
 *
 * @throws {@link InvalidPathError} or {@link InvalidArgumentError} as `dataWatch` does.
 *
 * @example
 * ```ts
 * import { childrenWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = new ZooKeeperClient('127.0.0.1:2181');
 *
 * class Dispatcher {
 *   #workers: string[] = [];
 *
 *   @childrenWatch(client, '/workers', { waitForNode: true })
 *   onWorkers(workers: string[] | null): void {
 *     this.#workers = workers ?? [];
 *     console.log(`${this.#workers.length} workers`);
 *   }
 * }
 *
 * new Dispatcher();
 * ```
 */
export function childrenWatch<Self = unknown>(
  client: ClientSource<Self>,
  path: PathSource<Self>,
  options?: ChildrenWatchOptions & { waitForNode?: false | undefined },
): WatchDecorator<Self, ChildrenWatchFunction, ChildrenWatch>;
/** The same for a watch that may wait for its znode while it is missing: the method must accept `null`. */
export function childrenWatch<Self = unknown>(
  client: ClientSource<Self>,
  path: PathSource<Self>,
  options: ChildrenWatchOptions,
): WatchDecorator<Self, WaitingChildrenWatchFunction, ChildrenWatch<boolean>>;
export function childrenWatch<Self>(
  client: ClientSource<Self>,
  path: PathSource<Self>,
  options: ChildrenWatchOptions = {},
): unknown {
  validateChildrenWatchOptions(options);
  const make: Make<WaitingChildrenWatchFunction, ChildrenWatch<boolean>> = (theClient, thePath, func) =>
    new ChildrenWatch(theClient, thePath, func, options);
  return toDecorator('childrenWatch', client, path, make);
}

/**
 * Calls the decorated method as the function of a {@link TreeWatch}, on each instance of the class. In all other
 * respects it behaves as {@link dataWatch}.
 *
 * @throws {@link InvalidPathError} or {@link InvalidArgumentError} as `dataWatch` does.
 *
 * @example
 * ```ts
 * import { type Tree, type TreeChange, treeWatch, ZooKeeperClient } from 'zk-recipes';
 *
 * const client = new ZooKeeperClient('127.0.0.1:2181');
 *
 * class Registry {
 *   @treeWatch(client, '/services', { depth: 2 })
 *   onServices(tree: Tree, changes: readonly TreeChange[]): void {
 *     console.log(`${changes.length} changes, ${tree.size} znodes`);
 *   }
 * }
 *
 * new Registry();
 * ```
 */
export function treeWatch<Self = unknown>(
  client: ClientSource<Self>,
  path: PathSource<Self>,
  options?: TreeWatchOptions,
): WatchDecorator<Self, TreeWatchFunction, TreeWatch> {
  validateTreeWatchOptions(options);
  if (typeof path === 'string') validateSinceOf(path, options?.since);
  const make: Make<TreeWatchFunction, TreeWatch> = (theClient, thePath, func) => {
    if (!(theClient instanceof UnavailableClient)) return new TreeWatch(theClient, thePath, func, options);
    // A checkpoint is of another path than that of a watch that could not be made.
    const { since: _, ...others } = options ?? {};
    return new TreeWatch(theClient, thePath, func, others);
  };
  return toDecorator('treeWatch', client, path, make);
}

/**
 * Returns the watches that decorators have made for an instance, or for a class with static methods, in the order of
 * their declaration, including those that have stopped. Starts the watches that wait for the constructor to return.
 *
 * Inside a constructor it starts the watches of the class and its base classes, although the fields of subclasses do
 * not exist yet; a constructor that fails can use it to stop its watches.
 */
export function watchesOf(instance: object): readonly (DataWatch | ChildrenWatch<boolean> | TreeWatch)[] {
  return InstanceWatches.of(instance)?.start() ?? [];
}
