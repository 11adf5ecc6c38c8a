import { onAbort } from '../../lib/core/abort.js';
import type { CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { ClientClosedError, NoNodeError } from '../../lib/core/errors.js';
import {
  type ChildrenState,
  childrenKind,
  isSameState,
  type NodeObserver,
  observe,
  type Subscriber,
} from '../observing/index.js';

/** Children that have settled. */
export interface SettledChildren {
  /** The names of the children, sorted. */
  children: string[];
  /**
   * Settles once: with the event of the first change after the children were read, `null` when a recovery found it, or
   * with an error when the client ends. A disconnection is no change. A rejection that nobody awaits does no harm.
   */
  changed: Promise<WatchedEvent | null>;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** One wait for the children of a znode to come to rest, and then for their first change. */
export class SettleWait implements Subscriber<ChildrenState> {
  readonly waitsForNode = false;
  readonly #path: string;
  readonly #timeBoundary: number;
  readonly #onSettled: () => void;
  readonly #signals: (() => void)[] = [];
  readonly #settled = deferred<SettledChildren>();
  readonly #changed = deferred<WatchedEvent | null>();
  readonly #observer: NodeObserver<ChildrenState>;
  #phase: 'settling' | 'settled' | 'over' = 'settling';
  #latest: ChildrenState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isOverdue = false;

  /** @param onSettled the children have settled, or never will; may be called within the constructor */
  constructor(client: CoordinationClient, path: string, timeBoundary: number, onSettled: () => void) {
    this.#path = path;
    this.#timeBoundary = timeBoundary;
    this.#onSettled = onSettled;
    this.#observer = observe(client, childrenKind, path, this);
    if (this.#isOver()) this.#observer.unsubscribe(this);
  }

  get settled(): Promise<SettledChildren> {
    return this.#settled.promise;
  }

  get isSettling(): boolean {
    return this.#phase === 'settling';
  }

  /** Ends the wait, and that for a change after it, when the signal aborts. */
  endWith(signal: AbortSignal): void {
    if (!this.#isOver()) this.#signals.push(onAbort(signal, () => this.fail(signal.reason)));
  }

  observed(state: ChildrenState): void {
    const isSame = this.#isSame(state);
    this.#latest = state;
    if (this.#phase === 'settled') {
      if (!isSame) this.#change(state);
    } else if (!state.stat) {
      this.fail(new NoNodeError(`there is no znode ${this.#path} to watch`, { path: this.#path }));
    } else if (isSame && this.#isOverdue) {
      // What has been reported since, or a connection that has ended, is looked into first.
      if (this.#observer.isCurrent) this.#settle(state);
      else this.#observer.refresh();
    } else if (!isSame) {
      this.#restart();
    }
  }

  failed(error: unknown): void {
    this.fail(error);
  }

  sessionLost(): void {}

  resynced(): void {}

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    this.fail(
      reason === 'error' ? error : new ClientClosedError(`the client was closed while ${this.#path} was watched`),
    );
  }

  /** Rejects what has not settled yet, and lets go. */
  fail(error: unknown): void {
    if (this.#isOver()) return;
    this.#settled.reject(error);
    this.#changed.reject(error);
    this.#end();
  }

  /** A missing znode is never the same: it ends the wait. */
  #isSame(state: ChildrenState): boolean {
    return this.#latest?.stat != null && isSameState(childrenKind, this.#latest, state);
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#isOverdue = false;
    this.#timer = setTimeout(() => this.#boundaryPassed(), this.#timeBoundary);
  }

  /** Without a connection, or with an event not looked into, nobody knows whether they have settled. */
  #boundaryPassed(): void {
    if (this.#observer.isCurrent && this.#latest) return this.#settle(this.#latest);
    this.#isOverdue = true;
    this.#observer.refresh();
  }

  #settle({ children }: ChildrenState): void {
    clearTimeout(this.#timer);
    this.#phase = 'settled';
    this.#settled.resolve({ children: [...(children ?? [])], changed: this.#changed.promise });
    this.#onSettled();
  }

  #change({ stat, isByEvent }: ChildrenState): void {
    const type = stat ? 'NodeChildrenChanged' : 'NodeDeleted';
    this.#changed.resolve(isByEvent ? { type, path: this.#path } : null);
    this.#end();
  }

  #end(): void {
    const wasSettling = this.#phase === 'settling';
    this.#phase = 'over';
    clearTimeout(this.#timer);
    this.#observer?.unsubscribe(this);
    for (const letGo of this.#signals) letGo();
    if (wasSettling) this.#onSettled();
  }

  /** Asked by a method, for the phase may have changed inside a call that the compiler does not see through. */
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
  // Whoever does not ask is not to be told by an unhandled rejection.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
