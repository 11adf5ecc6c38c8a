import type { CoordinationClient } from '../../lib/core/coordination-client.js';
import { InvalidArgumentError } from '../../lib/core/errors.js';
import { validatePath } from '../../lib/core/paths.js';
import { describe, invalid, validateFunction } from '../../lib/core/validation.js';
import { validateClient } from '../delivering/index.js';
import { type DecoratedMethod, type DecoratedWatch, InstanceWatches, noteDecorated } from './instance-watches.js';
import { UnavailableClient } from './unavailable-client.js';

/** A client, or a function that returns the client of an instance. It is called when the watch is started. */
export type ClientSource<Self = unknown> = CoordinationClient | ((self: Self) => CoordinationClient);

/** A path, or a function that returns the path of an instance. It is called when the watch is started. */
export type PathSource<Self = unknown> = string | ((self: Self) => string);

/**
 * The result of {@link dataWatch}, {@link childrenWatch} and {@link treeWatch}: a method decorator that also registers
 * a plain function.
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

/** Makes a watch. */
export type Make<F, W> = (client: CoordinationClient, path: string, func: F | null) => W;

/**
 * Makes the decorator of a kind of watch.
 *
 * @param decorator its name
 * @param make makes a watch of a client that may be unavailable
 */
export function toDecorator<Self, F extends (...args: never[]) => unknown, W extends DecoratedWatch>(
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
