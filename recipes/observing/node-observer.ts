import type { CoordinationClient, WatchedEvent, Watcher } from '../../lib/core/coordination-client.js';
import { traced, watchRead } from '../../lib/core/diagnostics.js';
import { codeOf, isRetryable } from '../../lib/core/errors.js';
import { isServed } from '../../lib/core/is-served.js';
import { allOf, type OneOrMany, withOne, withoutOne } from '../../lib/core/one-or-many.js';
import { type Aspect, type Found, ignoreMissingNode, type NodeState, readAfterFailure } from './aspect.js';
import { reportsOf } from './client-reports.js';
import { Pace } from './pace.js';
import type { Subscriber } from './subscriber.js';

/** Codes of requests that can never succeed. */
export const PERMANENT_ERRORS: ReadonlySet<unknown> = new Set([
  'INVALID_PATH',
  'INVALID_ARGUMENT',
  'BAD_ARGUMENTS',
  'UNIMPLEMENTED',
]);

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
 * clears it. No read begins while every subscriber is busy: its state could be delivered to nobody. An observer lives
 * from its first subscriber to its last.
 */
export class NodeObserver<S extends NodeState> {
  readonly path: string;
  readonly aspect: Aspect<S>;
  readonly #host: ObserverHost;
  /** `undefined` once the observer has ended. */
  #subscribers: OneOrMany<Subscriber<S>> | undefined;
  /** By an event: with its transaction, 0n if that is unknown. */
  #needsRead: 'no' | 'yes' | bigint = 'yes';
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
  /** Present after reads without news. */
  #pace: Pace | undefined;

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
    this.#pace?.end();
    this.#readWhenPossible();
  }

  /** Reads again without an event. */
  recheck(): void {
    if (this.isCurrent && !this.#isEverybodyBusy()) this.refresh();
  }

  /** A subscriber is no longer busy. */
  freed(): void {
    this.#readWhenPossible();
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
    this.#pace?.end();
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
    const eventZxid = typeof this.#needsRead === 'bigint' ? this.#needsRead : null;
    this.#needsRead = 'no';
    try {
      let found: Found | null;
      let isArmed = true;
      let isContradictory: boolean | undefined;
      try {
        found = await this.#readOnce();
      } catch (error) {
        ({ found, isArmed, isContradictory } = await this.#readAfter(error));
      }
      if (this.#subscribers !== undefined) {
        if (!isArmed && this.#isAwaited()) this.#setNeedsRead();
        if (isContradictory) this.#contradicted();
        else this.#publish(found, eventZxid);
      }
    } catch (error) {
      if (this.#subscribers !== undefined) this.#failed(error, eventZxid !== null);
    }
    // Once more: a read in flight at the end has armed the watch again.
    if (this.#subscribers === undefined) return this.#disarm();
    this.#phase = 'idle';
    if (this.#needsRead !== 'no') this.#readWhenPossible();
    if (this.#wasInterrupted) this.#notifyResynced();
  }

  /** One function for all reads, so that a client can recognise an armed watch. Half as large as an arrow function. */
  readonly #watcher: Watcher = this.#fired.bind(this);

  #fired(event: WatchedEvent): void {
    if (this.#subscribers === undefined) return;
    this.#needsRead = zxidOf(event);
    this.#pace?.eventCame();
    this.#readWhenPossible();
  }

  #setNeedsRead(): void {
    if (this.#needsRead === 'no') this.#needsRead = 'yes';
  }

  /** Asks for a read slot when a read is needed, none is in progress, and somebody can take its state now. */
  #readWhenPossible(): void {
    // While publishing, requests of several subscribers become one read: `read()` looks again at its end.
    if (this.#needsRead === 'no' || this.#phase !== 'idle') return;
    const { state } = this.#host.client;
    if (state === 'closed') return this.end('client-closed');
    if (!isServed(state) || this.#isEverybodyBusy()) return;
    if (this.#pace?.holdsBack(() => this.#readWhenPossible())) return;
    this.#phase = 'reading';
    this.#host.schedule(this as unknown as NodeObserver<NodeState>);
  }

  #readOnce(): Promise<Found> {
    const { client } = this.#host;
    const { path, aspect } = this;
    const reading = aspect.read(client, path, this.#watcher);
    if (watchRead.hasSubscribers) {
      traced(watchRead, { client, path, aspect: aspect.name }, () => reading.catch(ignoreMissingNode));
    }
    return reading;
  }

  #readAfter(error: unknown): ReturnType<typeof readAfterFailure> {
    const isAwaited = () => this.#isAwaited();
    return readAfterFailure(error, this.aspect, this.#host.client, this.path, this.#watcher, isAwaited);
  }

  #isAwaited(): boolean {
    return allOf(this.#subscribers).some(({ waitsForNode }) => waitsForNode);
  }

  #isEverybodyBusy(): boolean {
    const subscribers = this.#subscribers;
    if (!(subscribers instanceof Set)) return subscribers?.isBusy === true;
    for (const { isBusy } of subscribers) if (!isBusy) return false;
    return true;
  }

  /** Returns the newest state that is known: the one just read, unless a lagging server answered. */
  #adopt(found: Found | null, eventZxid: bigint | null): S {
    const known = this.#known;
    const mark = found && this.aspect.markOf(found.stat);
    if (mark === null) this.#isDeletionReported = eventZxid !== null;
    else if (mark !== this.#newestMark) {
      if (known && mark < this.#newestMark) return known;
      this.#newestMark = mark;
      this.#revision += 1;
      // A znode recreated after a reported deletion has a newer mark; an unreported one was a lagging server's answer.
    } else if (known?.stat === null && this.#isDeletionReported) return known;
    this.#known = this.aspect.toState(found, eventZxid, mark === null ? 0 : this.#revision);
    return this.#known;
  }

  #publish(found: Found | null, eventZxid: bigint | null): void {
    const before = this.#known?.revision;
    const state = this.#adopt(found, eventZxid);
    const isNews = state.revision !== before;
    if (isNews) this.#pace = undefined;
    else this.#pace?.succeeded();
    // A server without a quorum cannot know of later changes.
    if (this.#host.client.state === 'read-only') this.#wasInterrupted = true;
    this.#phase = 'publishing';
    this.#notify((subscriber) => subscriber.observed(state));
    // Last: a subscriber that asks for a further read must not end the pause.
    if (eventZxid !== null && !isNews) this.#inPace().roundWithoutNews();
  }

  /** There is no state to publish: the server said again and again that there is no znode, and then that there is. */
  #contradicted(): void {
    const { path } = this;
    this.#setNeedsRead();
    if (!this.#inPace().roundWithoutNews()) return;
    const message = `the server contradicts itself about ${path}: a read finds no znode, and exists finds one`;
    reportsOf(this.#host.client).trouble('contradiction', { level: 'warn', details: { path }, message });
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

  #failed(error: unknown, isByEvent: boolean): void {
    const { client } = this.#host;
    if (client.state === 'closed' || codeOf(error) === 'CLIENT_CLOSED') return this.end('client-closed');
    if (PERMANENT_ERRORS.has(codeOf(error))) return this.end('error', error);
    this.#setNeedsRead();
    // Without a connection, the next read waits for its return.
    if (isServed(client.state)) this.#inPace().failed(() => this.#readWhenPossible());
    if (isByEvent) this.#inPace().roundWithoutNews();
    // Last: a subscriber may stop the last watch or add another one.
    if (!isRetryable(error)) this.#inPace().report(error, allOf(this.#subscribers));
  }

  #inPace(): Pace {
    this.#pace ??= new Pace();
    return this.#pace;
  }

  #close(): void {
    this.#pace?.end();
    this.#disarm();
    this.#host.remove(this as unknown as NodeObserver<NodeState>);
  }

  #disarm(): void {
    reportsOf(this.#host.client).removeWatcher(this.path, this.#watcher);
  }
}

/** A client of another package may report anything, also no event at all. */
function zxidOf(event: WatchedEvent | undefined): bigint {
  const zxid = event?.zxid;
  return typeof zxid === 'bigint' && zxid > 0n ? zxid : 0n;
}
