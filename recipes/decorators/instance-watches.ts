import type { ChildrenWatch, DataWatch } from '../watches/index.js';

type AnyWatch = DataWatch | ChildrenWatch<boolean>;

/** One decorator on one method. */
export interface DecoratedMethod {
  /** What was decorated. */
  readonly func: unknown;
  /** A private method's begins with `#`. */
  readonly name: string | symbol;
  /** Makes the watch of one instance. Does not throw. */
  start(self: object): AnyWatch;
}

const decorated = new WeakSet<object>();
const instances = new WeakMap<object, InstanceWatches>();

/** Remembers a method as one that brings watches of its own. */
export function noteDecorated(func: unknown): void {
  decorated.add(func as object);
}

/**
 * The watches of one instance. Decorators add their methods before the instance has fields; all are started in a
 * microtask, after the constructor, or before when somebody asks for them.
 */
export class InstanceWatches {
  readonly #self: object;
  readonly #watches: AnyWatch[] = [];
  #waiting: DecoratedMethod[] = [];

  private constructor(self: object) {
    this.#self = self;
  }

  /** Those of an instance, if it has any. */
  static of(self: object): InstanceWatches | undefined {
    return instances.get(self);
  }

  /** Those of an instance, to add to. */
  static for(self: object): InstanceWatches {
    const known = instances.get(self) ?? new InstanceWatches(self);
    instances.set(self, known);
    return known;
  }

  add(method: DecoratedMethod): void {
    if (this.#waiting.length === 0) queueMicrotask(() => this.start());
    // Decorators of one method are applied from the bottom up, and read from the top down.
    const below = this.#waiting.findIndex(({ func }) => func === method.func);
    this.#waiting.splice(below === -1 ? this.#waiting.length : below, 0, method);
  }

  /** Starts those that wait, and gives all. */
  start(): readonly AnyWatch[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const method of waiting) {
      if (!isReplaced(method, this.#self)) this.#watches.push(method.start(this.#self));
    }
    return [...this.#watches];
  }
}

/** Whether a subclass has overridden the method by one that is decorated itself. */
function isReplaced({ func, name }: DecoratedMethod, self: object): boolean {
  let isRedecorated = false;
  for (let holder: object | null = self; holder; holder = Object.getPrototypeOf(holder)) {
    const own: unknown = Object.getOwnPropertyDescriptor(holder, name)?.value;
    if (own === func) return isRedecorated;
    isRedecorated ||= decorated.has(own as object);
  }
  // A private method; or another decorator has put its own function in the place of it: whose it is cannot be told.
  return false;
}
