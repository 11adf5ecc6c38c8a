import { captureContext } from '../../lib/core/call-context.js';
import { soon } from '../../lib/core/soon.js';
import type { TreeWatch } from '../tree/index.js';
import type { ChildrenWatch, DataWatch } from '../watches/index.js';

/** A watch that a decorator makes. */
export type DecoratedWatch = DataWatch | ChildrenWatch<boolean> | TreeWatch;

/** One decorator on one method. */
export interface DecoratedMethod {
  /** The method itself. */
  readonly func: unknown;
  /** The name of a private method begins with `#`. */
  readonly name: string | symbol;
  /** Makes the watch of one instance. Never throws. */
  start(self: object): DecoratedWatch;
}

const decorated = new WeakSet<object>();
const instances = new WeakMap<object, InstanceWatches>();

/** Records that a method is decorated, so that its override by a decorated method can be recognised. */
export function noteDecorated(func: unknown): void {
  decorated.add(func as object);
}

/**
 * The watches of one instance. Decorators add their methods before the instance has fields; all watches are started in
 * a microtask, after the constructor, or earlier when somebody asks for them.
 */
export class InstanceWatches {
  readonly #self: object;
  /** In which the instance was made: `watchesOf` may be called elsewhere. */
  readonly #context = captureContext();
  readonly #watches: DecoratedWatch[] = [];
  #pending: DecoratedMethod[] = [];

  private constructor(self: object) {
    this.#self = self;
  }

  /** Returns the watches of an instance that has any. */
  static of(self: object): InstanceWatches | undefined {
    return instances.get(self);
  }

  /** Returns the watches of an instance, to add a method to. */
  static for(self: object): InstanceWatches {
    const known = instances.get(self) ?? new InstanceWatches(self);
    instances.set(self, known);
    return known;
  }

  add(method: DecoratedMethod): void {
    if (this.#pending.length === 0) soon(() => this.start());
    // Decorators of one method are applied from the bottom up, but listed from the top down.
    const below = this.#pending.findIndex(({ func }) => func === method.func);
    this.#pending.splice(below === -1 ? this.#pending.length : below, 0, method);
  }

  /** Starts the watches that are pending. Returns all. */
  start(): readonly DecoratedWatch[] {
    const pending = this.#pending;
    this.#pending = [];
    this.#context.call(() => {
      for (const method of pending) {
        if (!isReplaced(method, this.#self)) this.#watches.push(method.start(this.#self));
      }
    });
    return [...this.#watches];
  }
}

/** Whether a subclass overrides the method with one that is decorated itself. */
function isReplaced({ func, name }: DecoratedMethod, self: object): boolean {
  let isRedecorated = false;
  for (let holder: object | null = self; holder; holder = Object.getPrototypeOf(holder)) {
    const own: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    if (own === func) return isRedecorated;
    isRedecorated ||= decorated.has(own as object);
  }
  // A private method, or one that another decorator has wrapped: its place in the prototype chain is unknown.
  return false;
}
