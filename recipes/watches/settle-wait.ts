import { onAbort } from '../../lib/core/abort.js';
import { rememberCaller } from '../../lib/core/at-caller.js';
import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { Deadline } from '../../lib/core/deadline.js';
import { ClientClosedError, NoNodeError } from '../../lib/core/errors.js';
import { frozenEvent } from '../../lib/core/frozen-event.js';
import { type WatchCounts, watchCountsOf } from '../../lib/core/watch-counts.js';
import { type ChildrenState, childrenAspect, type NodeObserver, observe, type Subscriber } from '../observing/index.js';

/** The children of a znode that have stayed unchanged for the time boundary. */
export interface SettledChildren {
  /** The names of the children, sorted. */
  children: string[];
  /**
   * Resolves with the event of the first change after the children were read, or with `null` when a recovery found the
   * change. A disconnection is not a change. Rejects with the error that ends the wait, such as
   * {@link ClientClosedError}; it never causes an unhandled rejection.
   */
  changed: Promise<WatchedEvent | null>;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** One wait for the children of a znode to settle, and then for their first change. */
export class SettleWait implements Subscriber<ChildrenState> {
  readonly waitsForNode = false;
  readonly isBusy = false;
  readonly #path: string;
  readonly #timeBoundary: number;
  readonly #onSettled: () => void;
  readonly #abortListeners: (() => void)[] = [];
  readonly #giveCaller = rememberCaller();
  readonly #settled = deferred<SettledChildren>();
  readonly #changed = deferred<WatchedEvent | null>();
  readonly #observer: NodeObserver<ChildrenState>;
  readonly #counts: WatchCounts;
  #phase: 'settling' | 'settled' | 'over' = 'settling';
  #latest: ChildrenState | null = null;
  #boundary: Deadline | undefined;
  #isOverdue = false;

  /** @param onSettled the children have settled, or the wait has failed; may be called within the constructor */
  constructor(client: CoordinationClient, path: string, timeBoundary: number, onSettled: () => void) {
    this.#path = path;
    this.#timeBoundary = timeBoundary;
    this.#onSettled = onSettled;
    this.#observer = observe(client, childrenAspect, path, this);
    this.#counts = watchCountsOf(client).patient;
    this.#counts.running += 1;
    if (this.#isOver()) this.#letGo();
  }

  get settled(): Promise<SettledChildren> {
    return this.#settled.promise;
  }

  get isSettling(): boolean {
    return this.#phase === 'settling';
  }

  /** Fails the wait, or the wait for a change after it, when the signal aborts. */
  endWith(signal: AbortSignal): void {
    if (!this.#isOver()) this.#abortListeners.push(onAbort(signal, () => this.fail(signal.reason)));
  }

  observed(state: ChildrenState): void {
    const isSame = this.#latest?.revision === state.revision;
    this.#latest = state;
    if (this.#phase === 'settled') {
      if (!isSame) this.#change(state);
    } else if (!state.stat) {
      this.fail(new NoNodeError(`there is no znode ${this.#path} to watch`, { path: this.#path }));
    } else if (isSame && this.#isOverdue) {
      // Otherwise a further read follows, or the end of an interruption.
      if (this.#observer.isCurrent) this.#settle(state);
    } else if (!isSame) {
      this.#restart();
    }
  }

  failed(error: unknown): void {
    this.fail(error);
  }

  sessionLost(): void {}

  resynced(): void {
    if (this.#isOverdue && this.#latest && this.isSettling) this.#settle(this.#latest);
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    this.fail(
      reason === 'error' ? error : new ClientClosedError(`the client was closed while ${this.#path} was watched`),
    );
  }

  /** Rejects both promises, unless they have settled, and releases everything. */
  fail(error: unknown): void {
    if (this.#isOver()) return;
    this.#giveCaller(error);
    this.#settled.reject(error);
    this.#changed.reject(error);
    this.#end();
  }

  #restart(): void {
    this.#boundary?.cancel();
    this.#isOverdue = false;
    this.#boundary = new Deadline(this.#timeBoundary, () => this.#boundaryPassed());
  }

  /** Without a connection, or with an event whose read is pending, the children may have changed unnoticed. */
  #boundaryPassed(): void {
    if (this.#observer.isCurrent && this.#latest) return this.#settle(this.#latest);
    this.#isOverdue = true;
    this.#observer.refresh();
  }

  #settle({ children }: ChildrenState): void {
    this.#boundary?.cancel();
    this.#phase = 'settled';
    this.#settled.resolve({ children: [...(children ?? [])], changed: this.#changed.promise });
    this.#onSettled();
  }

  #change({ stat, eventZxid }: ChildrenState): void {
    const type = stat ? 'NodeChildrenChanged' : 'NodeDeleted';
    this.#changed.resolve(eventZxid === null ? null : frozenEvent(type, this.#path, eventZxid));
    this.#end();
  }

  #end(): void {
    const wasSettling = this.#phase === 'settling';
    this.#phase = 'over';
    this.#boundary?.cancel();
    // Missing while the constructor subscribes.
    if (this.#counts) this.#letGo();
    for (const removeAbortListener of this.#abortListeners) removeAbortListener();
    if (wasSettling) this.#onSettled();
  }

  #letGo(): void {
    this.#observer.unsubscribe(this);
    this.#counts.running -= 1;
  }

  /** A method, as the compiler does not see that a call can change the phase. */
  #isOver(): boolean {
    return this.#phase === 'over';
  }
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // A promise that nobody awaits must not cause an unhandled rejection.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
