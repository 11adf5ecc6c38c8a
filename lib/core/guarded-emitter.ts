import { EventEmitter } from 'eventemitter3';
import { type CallContext, captureContext } from './call-context.js';
import { invalidWord, validateFunction } from './validation.js';

type Listener = (...args: never[]) => unknown;
/** Called as a method of the context in which the listener was added. */
type Guard = (this: CallContext, ...args: never[]) => unknown;
type Events = EventEmitter.ValidEventTypes;

/** Names that tools add to any emitter, such as `events.once()` of Node, which adds `error` besides its own event. */
const OF_ANY_EMITTER: ReadonlySet<unknown> = new Set(['error', 'newListener', 'removeListener']);

/**
 * An eventemitter3 whose listeners cannot harm each other: an error that a listener throws, or its promise rejects
 * with, is reported, and the other listeners are called. Each is called in the AsyncLocalStorage context in which it
 * was added. A listener of an event that never occurs is refused.
 */
export abstract class GuardedEmitter<E extends Events> extends EventEmitter<E> {
  /** Maps a listener to the guard that is registered in its place, and back. Created with the first listener. */
  #guards: { readonly of: WeakMap<object, Guard>; readonly for: WeakMap<object, Listener> } | undefined;

  /**
   * Adds a listener that is called at each such event.
   *
   * @throws {@link InvalidArgumentError} for an event that does not exist.
   */
  override on<T extends EventEmitter.EventNames<E>>(event: T, fn: EventEmitter.EventListener<E, T>): this {
    this.#validateEvent(event);
    return super.on(event, this.#guard(fn) as typeof fn, captureContext());
  }

  /** The same as `on`. */
  override addListener<T extends EventEmitter.EventNames<E>>(event: T, fn: EventEmitter.EventListener<E, T>): this {
    return this.on(event, fn);
  }

  /**
   * Adds a listener that is called at the next such event only.
   *
   * @throws {@link InvalidArgumentError} for an event that does not exist.
   */
  override once<T extends EventEmitter.EventNames<E>>(event: T, fn: EventEmitter.EventListener<E, T>): this {
    this.#validateEvent(event);
    return super.once(event, this.#guard(fn) as typeof fn, captureContext());
  }

  /** Removes the listener, or every listener of the event when none is named. */
  override off<T extends EventEmitter.EventNames<E>>(event: T, fn?: EventEmitter.EventListener<E, T>): this {
    return this.removeListener(event, fn);
  }

  /** The same as `off`. */
  override removeListener<T extends EventEmitter.EventNames<E>>(
    event: T,
    fn?: EventEmitter.EventListener<E, T>,
    context?: unknown,
    once?: boolean,
  ): this {
    // eventemitter3 removes a once-listener by this method too, and then passes the guard itself.
    return super.removeListener(event, fn && ((this.#guards?.of.get(fn) ?? fn) as typeof fn), context, once);
  }

  /** The listeners of the event. */
  override listeners<T extends EventEmitter.EventNames<E>>(event: T): EventEmitter.EventListener<E, T>[] {
    return super.listeners(event).map((guard) => (this.#guards?.for.get(guard) ?? guard) as typeof guard);
  }

  /** The names of all events. @internal */
  protected abstract get knownEvents(): readonly string[];

  /** Reports the error of a listener. @internal */
  protected abstract reportListenerError(error: unknown): void;

  #validateEvent(event: unknown): void {
    const known = this.knownEvents;
    if (known.some((name) => name === event) || OF_ANY_EMITTER.has(event)) return;
    throw invalidWord('event', event, known);
  }

  #guard(fn: unknown): Guard {
    validateFunction('listener', fn);
    const listener = fn as Listener;
    this.#guards ??= { of: new WeakMap(), for: new WeakMap() };
    const guards = this.#guards;
    const known = guards.of.get(listener);
    if (known) return known;
    const report = (error: unknown): void => this.reportListenerError(error);
    const guard: Guard = function (...args) {
      this.call(() => callGuarded(listener, args, report));
    };
    guards.of.set(listener, guard);
    guards.for.set(guard, listener);
    return guard;
  }
}

/** Calls a user's function without waiting for its result. An error that it throws or rejects with is reported. */
export function callGuarded<A extends unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  report: (error: unknown) => void,
): void {
  try {
    const result = fn(...args);
    if (isThenable(result)) result.then(undefined, report);
  } catch (error) {
    report(error);
  }
}

/** Whether it can be awaited. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
