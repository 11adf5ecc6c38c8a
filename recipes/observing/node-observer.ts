import type { CoordinationClient, Watcher } from '../../lib/core/coordination-client.js';
import { traced, watchRead } from '../../lib/core/diagnostics.js';
import { codeOf, isRetryable } from '../../lib/core/errors.js';
import { allOf, type OneOrMany, withOne, withoutOne } from '../../lib/core/one-or-many.js';
import { type Aspect, type NodeState, type Reading, readAfterFailure } from './aspect.js';
import { FailureStreak } from './failure-streak.js';

/** Codes of requests that can never succeed. */
const PERMANENT_ERRORS: ReadonlySet<unknown> = new Set([
  'INVALID_PATH',
  'INVALID_ARGUMENT',
  'BAD_ARGUMENTS',
  'UNIMPLEMENTED',
]);

/** Receives the states of a znode, synchronously: user code has to wait for a later microtask. */
export interface Subscriber<S extends NodeState> {
  /** Whether a missing znode is to be waited for. */
  readonly waitsForNode: boolean;
  /** A read has succeeded, whether or not the state has changed. */
  observed(state: S): void;
  /** A read failed and will be retried. Called once per run of failures with the same code. */
  failed(error: unknown): void;
  /** The session is gone; the client is making a new one. */
  sessionLost(): void;
  /** An interruption is over: the state observed last is the server's, and further changes will be reported. */
  resynced(): void;
  /** Nothing follows. */
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}

/** The services that the observers of one client share. */
export interface ObserverHost {
  readonly client: CoordinationClient;
  /** Calls `observer.read()` as soon as a read slot is free, so that thousands of observers do not read at once. */
  schedule(observer: NodeObserver<NodeState>): void;
  /** The observer has ended. */
  remove(observer: NodeObserver<NodeState>): void;
}

/**
 * Observes one aspect of a znode for all of its subscribers, with one server watch and one read per change. Events,
 * failed reads and recoveries all set one dirty flag, `#needsRead`; only the start of a read, which arms the watch,
 * clears it. An observer lives from its first subscriber to its last.
 */
export class NodeObserver<S extends NodeState> {
  readonly path: string;
  readonly aspect: Aspect<S>;
  readonly #host: ObserverHost;
  /** `undefined` once the observer has ended. */
  #subscribers: OneOrMany<Subscriber<S>> | undefined;
  #needsRead: 'no' | 'yes' | 'by-event' = 'yes';
  #phase: 'idle' | 'reading' | 'publishing' = 'idle';
  #known: S | null = null;
  /** The newest mark read in this epoch. Kept over a deletion: an older mark comes from a lagging server. */
  #newestMark = -1n;
  /** Counts the marks that were newer than the one before. */
  #revision = 1;
  /** Whether an event reported the deletion of the znode that is now missing. */
  #isDeletionReported = false;
  /** Whether the connection was interrupted since `#known` was read. */
  #wasInterrupted = false;
  #failures: FailureStreak | undefined;

  constructor(host: ObserverHost, aspect: Aspect<S>, path: string, subscriber: Subscriber<S>) {
    this.#host = host;
    this.aspect = aspect;
    this.path = path;
    this.#subscribers = subscriber;
  }

  /** Adds a subscriber. A state that is current is published to it before this returns. */
  subscribe(subscriber: Subscriber<S>): void {
    this.#subscribers = withOne(this.#subscribers, subscriber);
    if (this.#known && this.isCurrent) subscriber.observed(this.#known);
    // A read in flight has armed the watch, and is published to every subscriber present at its end.
    else if (this.#phase !== 'reading') this.refresh();
  }

  /** Removes a subscriber. The observer ends with its last one. */
  unsubscribe(subscriber: Subscriber<S>): void {
    if (this.#subscribers === undefined) return;
    this.#subscribers = withoutOne(this.#subscribers, subscriber);
    if (this.#subscribers === undefined) this.#close();
  }

  /** Whether a change of the last published state would have been reported by now. */
  get isCurrent(): boolean {
    return this.#needsRead === 'no' && this.#phase !== 'reading' && this.#host.client.state === 'connected';
  }

  /** Reads as soon as possible, and publishes the state. */
  refresh(): void {
    this.#setNeedsRead();
    this.#failures?.cancelRetry();
    this.#readWhenPossible();
  }

  /** Reads again without an event. */
  recheck(): void {
    if (this.isCurrent) this.refresh();
  }

  /**
   * The client is connected again.
   *
   * @param mustReread whether watches may have been lost
   * @param isNewEpoch whether zxids of before no longer count
   */
  connected(mustReread: boolean, isNewEpoch: boolean): void {
    if (isNewEpoch) this.#newestMark = -1n;
    // Events received since the interruption answer re-armed watches; none of them reported a change as it happened.
    if (mustReread || this.#needsRead !== 'no') this.#needsRead = 'yes';
    this.#failures?.cancelRetry();
    this.#readWhenPossible();
    this.#notifyResynced();
  }

  /** The connection has ended. */
  interrupted(): void {
    this.#wasInterrupted = this.#known !== null;
  }

  sessionLost(): void {
    this.#notify((subscriber) => subscriber.sessionLost());
  }

  end(reason: 'client-closed' | 'error', error?: unknown): void {
    if (this.#subscribers === undefined) return;
    const subscribers = allOf(this.#subscribers);
    this.#subscribers = undefined;
    // First: a subscription made in response needs a new observer.
    this.#close();
    for (const subscriber of subscribers) subscriber.ended(reason, error);
  }

  /** Reads once, and publishes the state or handles the failure. Called by the host. Never rejects. */
  async read(): Promise<void> {
    if (this.#subscribers === undefined) return;
    const isByEvent = this.#needsRead === 'by-event';
    this.#needsRead = 'no';
    try {
      let found: Reading<S>['found'];
      let isArmed = true;
      try {
        found = await this.#readOnce();
      } catch (error) {
        ({ found, isArmed } = await this.#readAfter(error));
      }
      if (this.#subscribers !== undefined) {
        if (!isArmed && this.#isAwaited()) this.#setNeedsRead();
        this.#publish(this.#adopt(found, isByEvent));
      }
    } catch (error) {
      if (this.#subscribers !== undefined) this.#failed(error);
    }
    // Once more: a read in flight at the end has armed the watch again.
    if (this.#subscribers === undefined) return this.#disarm();
    this.#phase = 'idle';
    if (this.#needsRead !== 'no') this.#readWhenPossible();
    if (this.#wasInterrupted) this.#notifyResynced();
  }

  /** One function for all reads, so that a client can recognise an armed watch. Half as large as an arrow function. */
  readonly #watcher: Watcher = this.#fired.bind(this);

  #fired(): void {
    if (this.#subscribers === undefined) return;
    this.#needsRead = 'by-event';
    this.#failures?.resetBackoff();
    this.refresh();
  }

  #setNeedsRead(): void {
    if (this.#needsRead === 'no') this.#needsRead = 'yes';
  }

  /** Asks for a read slot when a read is needed, none is in progress, and no retry is due later. */
  #readWhenPossible(): void {
    // While publishing, requests of several subscribers become one read: `read()` looks again at its end.
    if (this.#needsRead === 'no' || this.#phase !== 'idle' || this.#failures?.isRetryDue) return;
    const { state } = this.#host.client;
    if (state === 'closed') return this.end('client-closed');
    if (state !== 'connected') return;
    this.#phase = 'reading';
    this.#host.schedule(this as unknown as NodeObserver<NodeState>);
  }

  #readOnce(): ReturnType<Aspect<S>['read']> {
    const { client } = this.#host;
    const { path, aspect } = this;
    const reading = aspect.read(client, path, this.#watcher);
    if (watchRead.hasSubscribers) {
      traced(watchRead, { client, path, aspect: aspect.name }, () => reading.catch(ignoreMissingNode));
    }
    return reading;
  }

  #readAfter(error: unknown): Promise<Reading<S>> {
    const isAwaited = () => this.#isAwaited();
    return readAfterFailure(error, this.aspect, this.#host.client, this.path, this.#watcher, isAwaited);
  }

  #isAwaited(): boolean {
    return allOf(this.#subscribers).some(({ waitsForNode }) => waitsForNode);
  }

  /** Returns the newest state that is known: the one just read, unless a lagging server answered. */
  #adopt(found: Reading<S>['found'], isByEvent: boolean): S {
    const known = this.#known;
    const mark = found && this.aspect.markOf(found.stat);
    if (mark === null) this.#isDeletionReported = isByEvent;
    else if (mark !== this.#newestMark) {
      if (known && mark < this.#newestMark) return known;
      this.#newestMark = mark;
      this.#revision += 1;
      // A znode recreated after a reported deletion has a newer mark; an unreported one was a lagging server's answer.
    } else if (known?.stat === null && this.#isDeletionReported) return known;
    this.#known = this.aspect.toState(found, isByEvent, mark === null ? 0 : this.#revision);
    return this.#known;
  }

  #publish(state: S): void {
    this.#failures = undefined;
    this.#phase = 'publishing';
    this.#notify((subscriber) => subscriber.observed(state));
  }

  #notifyResynced(): void {
    if (!this.#wasInterrupted || !this.isCurrent) return;
    this.#wasInterrupted = false;
    this.#notify((subscriber) => subscriber.resynced());
  }

  /** Calls back for each subscriber present now; their number may change meanwhile. */
  #notify(callback: (subscriber: Subscriber<S>) => void): void {
    const subscribers = this.#subscribers;
    if (subscribers instanceof Set) for (const subscriber of [...subscribers]) callback(subscriber);
    else if (subscribers !== undefined) callback(subscribers);
  }

  #failed(error: unknown): void {
    const { client } = this.#host;
    if (client.state === 'closed' || codeOf(error) === 'CLIENT_CLOSED') return this.end('client-closed');
    if (PERMANENT_ERRORS.has(codeOf(error))) return this.end('error', error);
    this.#setNeedsRead();
    // Without a connection, the next read waits for its return.
    if (client.state === 'connected') this.#inStreak().retryLater(() => this.#readWhenPossible());
    // Last: a subscriber may stop the last watch or add another one.
    if (!isRetryable(error)) this.#inStreak().report(error, allOf(this.#subscribers));
  }

  #inStreak(): FailureStreak {
    this.#failures ??= new FailureStreak();
    return this.#failures;
  }

  #close(): void {
    this.#failures?.cancelRetry();
    this.#disarm();
    this.#host.remove(this as unknown as NodeObserver<NodeState>);
  }

  #disarm(): void {
    this.#host.client.removeWatcher?.(this.path, this.#watcher);
  }
}

/** A missing znode is an answer, not a failure. */
function ignoreMissingNode(error: unknown): void {
  if (codeOf(error) !== 'NO_NODE') throw error;
}
