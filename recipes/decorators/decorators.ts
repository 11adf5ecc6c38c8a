import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../lib/core/errors.js';
import { validatePath } from '../../lib/core/paths.js';
import { describe, invalid, validateFunction } from '../../lib/core/validation.js';
import { validateClient } from '../delivering/index.js';
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
import { type DecoratedMethod, InstanceWatches, noteDecorated } from './instance-watches.js';
import { UnavailableClient } from './unavailable-client.js';

/** A client, or a function that returns the client of an instance. It is called when the watch is started. */
export type ClientSource<Self = unknown> = CoordinationClient | ((self: Self) => CoordinationClient);

/** A path, or a function that returns the path of an instance. It is called when the watch is started. */
export type PathSource<Self = unknown> = string | ((self: Self) => string);

/**
 * The result of {@link dataWatch} and {@link childrenWatch}: a method decorator that also registers a plain function.
 *
 * @typeParam Self the argument of the functions for client and path, which the class must extend
 * @typeParam F the signature of the method or function
 * @typeParam W the watch of a plain function
 */
export interface WatchDecorator<Self, F extends (...args: never[]) => unknown, W> {
  /**
   * Decorates a method (TC39 decorators).
   *
   * @typeParam This the class, or for a static method its constructor
   * @typeParam M the method, which may take fewer arguments
   */
  <This extends Self, M extends (this: This, ...args: Parameters<F>) => unknown>(
    method: M,
    context: ClassMethodDecoratorContext<This, M>,
  ): void;
  /** Makes a watch with this function at once. Functions for client and path are called with `undefined`. */
  (func: F): W;
}

type Make<F, W> = (client: CoordinationClient, path: string, func: F | null) => W;

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
  options?: ChildrenWatchOptions & { waitForNode?: false },
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
 * Returns the watches that decorators have made for an instance, or for a class with static methods, in the order of
 * their declaration, including those that have stopped. Starts the watches that wait for the constructor to return.
 *
 * Inside a constructor it starts the watches of the class and its base classes, although the fields of subclasses do
 * not exist yet; a constructor that fails can use it to stop its watches.
 */
export function watchesOf(instance: object): readonly (DataWatch | ChildrenWatch<boolean>)[] {
  return InstanceWatches.of(instance)?.start() ?? [];
}

function toDecorator<Self, F extends (...args: never[]) => unknown, W extends DataWatch | ChildrenWatch<boolean>>(
  decorator: string,
  client: ClientSource<Self>,
  path: PathSource<Self>,
  make: Make<F, W>,
): WatchDecorator<Self, F, W> {
  // Invalid arguments throw where they are written, not once per instance.
  if (typeof client !== 'function') validateClient(client);
  if (typeof path !== 'function') validatePath(path);
  const clientOf = typeof client === 'function' ? client : () => client;
  const pathOf = typeof path === 'function' ? path : () => path;

  const start = (self: object, func: F, place: string): W => {
    let known: CoordinationClient | undefined;
    try {
      known = clientOf(self as Self);
      return make(known, pathOf(self as Self), func);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : `threw ${describe(cause)}`;
      const error = new InvalidArgumentError(`${place} is not called: its watch could not be made: ${reason}`, {
        cause,
      });
      return make(new UnavailableClient(error, known?.logger), '/', func);
    }
  };

  const decorate = (func: unknown, context?: unknown): W | undefined => {
    if (context === undefined) {
      validateFunction('func', func);
      return make(clientOf(undefined as Self), pathOf(undefined as Self), func as F);
    }
    validateContext(decorator, context);
    const { access, name } = context;
    const method: DecoratedMethod = {
      func,
      name,
      start(self) {
        // By name, as any caller: finds an override, and a private method.
        const call = (...args: unknown[]): unknown => access.get(self).apply(self, args);
        return start(self, call as unknown as F, `${nameOf(context.static ? self : self.constructor)}.${String(name)}`);
      },
    };
    noteDecorated(func);
    context.addInitializer(function () {
      InstanceWatches.for(this).add(method);
    });
    return undefined;
  };
  return decorate as WatchDecorator<Self, F, W>;
}

function nameOf(owner: unknown): string {
  return String((owner as { name?: unknown } | undefined)?.name);
}

type AnyMethodContext = ClassMethodDecoratorContext<object, (...args: unknown[]) => unknown>;

/** Throws unless the argument is the context of a TC39 decorator on a method. */
function validateContext(decorator: string, context: unknown): asserts context is AnyMethodContext {
  if (typeof context === 'string' || typeof context === 'symbol') {
    throw new InvalidArgumentError(
      `@${decorator} on ${String(context)} was called as a decorator of TypeScript's experimentalDecorators, which cannot ` +
        'report new instances to it: remove that option from tsconfig.json to use TC39 decorators, or register the ' +
        `function in the constructor, with ${decorator}(client, path)((...args) => this.${String(context)}(...args))`,
    );
  }
  const { kind, name } = (context ?? {}) as Partial<DecoratorContext>;
  if (kind === undefined) throw invalid('the second argument', context, 'the context of a TC39 decorator, or left out');
  if (kind !== 'method') {
    throw new InvalidArgumentError(`@${decorator} must be on a method, but is on the ${kind} ${String(name)}`);
  }
}
