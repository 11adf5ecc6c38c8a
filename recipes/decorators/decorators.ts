import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../lib/core/errors.js';
import { invalid, quote, validateFunction } from '../../lib/core/validation.js';
import {
  ChildrenWatch,
  type ChildrenWatchFunction,
  type ChildrenWatchOptions,
  DataWatch,
  type DataWatchFunction,
  type DataWatchOptions,
  type WaitingChildrenWatchFunction,
} from '../watches/index.js';
import { type DecoratedMethod, InstanceWatches, noteDecorated } from './instance-watches.js';
import { UnavailableClient } from './unavailable-client.js';

/** A client, or a function that gives the client of an instance. It is called when the watch is started. */
export type ClientSource<Self = unknown> = CoordinationClient | ((self: Self) => CoordinationClient);

/** A path, or a function that gives the path for an instance. It is called when the watch is started. */
export type PathSource<Self = unknown> = string | ((self: Self) => string);

/**
 * What {@link dataWatch} and {@link childrenWatch} give: a decorator of methods, and a plain registration of a function.
 *
 * @typeParam Self what the functions for client and path take, and so what the class must be
 * @typeParam F the signature that the method, or the function, must have
 * @typeParam W the watch that a plain registration gives
 */
export interface WatchDecorator<Self, F extends (...args: never[]) => unknown, W> {
  /**
   * Decorates a method, by TC39's decorators.
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
 * The watch is started once the constructor has returned, for the instance has no fields before: in a microtask, or by
 * {@link watchesOf} when that comes first. Whether the constructor has thrown is not known then: the watch is started
 * all the same.
 *
 * The method is looked up at each call: an override in a subclass is called in its place. The decorators of an override
 * replace those of the method, provided that no other decorator that wraps the method stands above them.
 *
 * When the client or the path cannot be had there is a watch all the same: it stops with `error`, its `ready` rejects
 * with an {@link InvalidArgumentError} whose `cause` tells why, and without an `error` listener that is logged. Its
 * `path` is `/`.
 *
 * A watch that runs keeps its instance alive: stop it by {@link watchesOf}, or by the signal, which is one for all
 * instances.
 *
 * Called with a function alone it makes a watch with it, as `new DataWatch` does.
 *
 * @throws {@link InvalidPathError} or {@link InvalidArgumentError} for bad input, and when it decorates anything else
 * than a method, or under TypeScript's `experimentalDecorators`.
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
  const make: Make<DataWatchFunction, DataWatch> = (theClient, thePath, func) =>
    new DataWatch(theClient, thePath, func, options);
  return toDecorator('dataWatch', client, path, make);
}

/**
 * Calls the decorated method as the function of a {@link ChildrenWatch}, on each instance of the class. All that is said
 * of {@link dataWatch} holds here too.
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
/** The same for a watch that may wait for the znode while it is missing: the method must take `null`. */
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
  const make: Make<WaitingChildrenWatchFunction, ChildrenWatch<boolean>> = (theClient, thePath, func) =>
    new ChildrenWatch(theClient, thePath, func, options);
  return toDecorator('childrenWatch', client, path, make);
}

/**
 * The watches that decorators have made for an instance, or for a class with static methods, in the order of their
 * declaration, those that have stopped among them. Those that wait for the constructor to return are started now.
 *
 * Inside a constructor it starts what the class and its base classes have declared, although the fields of subclasses
 * are not there yet; a constructor that fails can stop its watches by it.
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
  // What is wrong with the values is thrown where they are written, not once for each instance.
  make(
    typeof client === 'function' ? new UnavailableClient() : client,
    typeof path === 'function' ? '/' : path,
    null,
  ).stop();
  const clientOf = typeof client === 'function' ? client : () => client;
  const pathOf = typeof path === 'function' ? path : () => path;

  const start = (self: object, func: F, place: string): W => {
    let known: CoordinationClient | undefined;
    try {
      known = clientOf(self as Self);
      return make(known, pathOf(self as Self), func);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : quote(cause);
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
        // As anybody who calls the method would: this finds an override, and a private method.
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

/** Throws unless it is what TC39's decorators are called with for a method. */
function validateContext(decorator: string, context: unknown): asserts context is AnyMethodContext {
  if (typeof context === 'string' || typeof context === 'symbol') {
    throw new InvalidArgumentError(
      `@${decorator} on ${String(context)} was called as a decorator of TypeScript's experimentalDecorators, which cannot ` +
        "tell it of new instances: take that option out of tsconfig.json for TC39's decorators, or register the function in the " +
        `constructor, by ${decorator}(client, path)((...args) => this.${String(context)}(...args))`,
    );
  }
  const { kind, name } = (context ?? {}) as Partial<DecoratorContext>;
  if (kind === undefined) throw invalid('the second argument', context, 'the context of a TC39 decorator, or left out');
  if (kind !== 'method') {
    throw new InvalidArgumentError(`@${decorator} must be on a method, but is on the ${kind} ${String(name)}`);
  }
}
