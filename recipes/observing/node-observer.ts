import type { CoordinationClient, Watcher } from '../../lib/core/coordination-client.js';
import { traced, watchRead } from '../../lib/core/diagnostics.js';
import { codeOf, isRetryable } from '../../lib/core/errors.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { allOf, type OneOrMany, withOne, withoutOne } from '../../lib/core/one-or-many.js';
import { backoff } from '../../lib/core/retry.js';
import { type NodeKind, type NodeState, type Reading, readAfterFailure } from './aspect.js';

/** Errors that say that the request can never succeed. */
const HOPELESS: ReadonlySet<unknown> = new Set(['INVALID_PATH', 'INVALID_ARGUMENT', 'BAD_ARGUMENTS', 'UNIMPLEMENTED']);

/** One who is told of a znode. Told synchronously: user code is for a later microtask. */
export interface Subscriber<S extends NodeState> {
  /** Whether a missing znode is something to wait for. */
  readonly waitsForNode: boolean;
  /** What a read has found, changed or not. */
  observed(state: S): void;
  /** A read failed, and will be tried again. Told once for as long as it fails of the same. */
  failed(error: unknown): void;
  /** The session is gone; a new one is being made. */
  sessionLost(): void;
  /** After an interruption: what it was told last is what the server holds, and further changes will be told. */
  resynced(): void;
  /** Nothing will come any more. */
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}

/** What an observer needs of those that it shares a client with. */
export interface ObserverHost {
  readonly client: CoordinationClient;
  /** Lets it read as soon as there is a slot, so that thousands of observers do not read at once. */
  schedule(observer: NodeObserver<NodeState>): void;
  /** The last subscriber has left. */
  forget(observer: NodeObserver<NodeState>): void;
}

/** Of reads that fail. */
interface Trouble {
  /** How many have failed one after the other. */
  failures: number;
  retryTimer: NodeJS.Timeout | undefined;
  /** What they fail of, and who has been told of it. */
  identity: unknown;
  told: Set<unknown>;
}

/**
 * The driver under every watch, one per (client, kind, path): holds one server watch, and reads once per change for all
 * of its subscribers. What it lives by is a dirty flag: whatever happens (an event, a failed read, a recovery) sets
 * it, and it is only cleared by sending a read that arms the watch anew.
 */
export class NodeObserver<S extends NodeState> {
  readonly path: string;
  readonly kind: NodeKind<S>;
  readonly #host: ObserverHost;
  #subscribers: OneOrMany<Subscriber<S>> | undefined;
  #known: S | null = null;
  /** The newest mark seen, which outlives a deletion: what comes with an older one is a lagging server's past. */
  #newest = -1n;
  #epoch: number;
  /** Whether the server told that the znode, now missing, was deleted. */
  #isDeletionTold = false;
  /** What has to be looked into: whether there was a change, or one that an event has told of. */
  #dirt: 'none' | 'maybe' | 'event' = 'maybe';
  /** Whether the connection has ended since what is known was read. */
  #wasInterrupted = false;
  #phase: 'idle' | 'reading' | 'publishing' | 'over' = 'idle';
  #trouble: Trouble | undefined;

  constructor(host: ObserverHost, kind: NodeKind<S>, path: string) {
    this.#host = host;
    this.kind = kind;
    this.path = path;
    this.#epoch = host.client.epoch ?? 0;
  }

  /** Begins to tell; what is known for certain is told at once. */
  subscribe(subscriber: Subscriber<S>): void {
    this.#subscribers = withOne(this.#subscribers, subscriber);
    if (this.#known && this.isCurrent) subscriber.observed(this.#known);
    // A read that is on its way arms the watch, and is for all who are here when it comes back.
    else if (this.#phase !== 'reading') this.refresh();
  }

  /** Tells nothing more. The observer ends with its last subscriber. */
  unsubscribe(subscriber: Subscriber<S>): void {
    this.#subscribers = withoutOne(this.#subscribers, subscriber);
    if (this.#subscribers === undefined) this.#close();
  }

  /** Whether a change of what was last read would have been reported by now. */
  get isCurrent(): boolean {
    return this.#dirt === 'none' && this.#phase !== 'reading' && this.#host.client.state === 'connected';
  }

  /** Reads again as soon as it can, and tells what it finds. */
  refresh(): void {
    this.#soil();
    this.#cancelRetry();
    this.#pump();
  }

  /** Looks again, though nothing was told. */
  recheck(): void {
    if (this.isCurrent) this.refresh();
  }

  /** @param isDoubtful whether watches may have got lost, and what is known with them */
  connected(isDoubtful: boolean, epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#newest = -1n;
    }
    // What was reported up to now is the server's answer to a watch that was armed anew: nobody told it as it happened.
    if (isDoubtful || this.#dirt !== 'none') this.#dirt = 'maybe';
    this.#cancelRetry();
    this.#pump();
    this.#tellResynced();
  }

  /** The connection has ended. */
  interrupted(): void {
    this.#wasInterrupted = this.#known !== null;
  }

  sessionLost(): void {
    for (const subscriber of allOf(this.#subscribers)) subscriber.sessionLost();
  }

  end(reason: 'client-closed' | 'error', error?: unknown): void {
    const subscribers = allOf(this.#subscribers);
    this.#subscribers = undefined;
    // First: whoever subscribes to the path because of what they are told gets an observer that lives.
    this.#close();
    for (const subscriber of subscribers) subscriber.ended(reason, error);
  }

  /** Reads, and tells what it has found. Called when it is its turn. Never rejects. */
  async read(): Promise<void> {
    if (this.#isOver()) return;
    const isByEvent = this.#dirt === 'event';
    this.#dirt = 'none';
    try {
      let found: Reading<S>['found'];
      let isArmed = true;
      try {
        found = await this.#readOnce();
      } catch (error) {
        ({ found, isArmed } = await this.#readAfter(error));
      }
      if (!this.#isOver()) this.#publish(this.kind.toState(found, isByEvent, this.#epoch), isArmed);
    } catch (error) {
      if (!this.#isOver()) this.#failed(error);
    }
    if (this.#isOver()) return this.#disarm();
    this.#phase = 'idle';
    this.#pump();
    this.#tellResynced();
  }

  /** Always the same function: a client can see that it is armed already. */
  readonly #watcher: Watcher = () => {
    if (this.#isOver()) return;
    this.#dirt = 'event';
    if (this.#trouble) this.#trouble.failures = 0;
    this.refresh();
  };

  #soil(): void {
    if (this.#dirt === 'none') this.#dirt = 'maybe';
  }

  /** Waits for its turn to read, when there is something to read and nothing that a read has to wait for. */
  #pump(): void {
    // One read for all who ask because of what they are being told: it follows when all have been told.
    if (this.#dirt === 'none' || this.#phase !== 'idle' || this.#trouble?.retryTimer) return;
    if (this.#host.client.state !== 'connected') return;
    this.#phase = 'reading';
    this.#host.schedule(this as unknown as NodeObserver<NodeState>);
  }

  #readOnce(): ReturnType<NodeKind<S>['read']> {
    const { client } = this.#host;
    const { path, kind } = this;
    const reading = kind.read(client, path, this.#watcher);
    if (watchRead.hasSubscribers)
      traced(watchRead, { client, path, kind: kind.name }, () => reading.catch(unlessMissing));
    return reading;
  }

  #tellResynced(): void {
    if (!this.#wasInterrupted || !this.isCurrent) return;
    this.#wasInterrupted = false;
    for (const subscriber of allOf(this.#subscribers)) subscriber.resynced();
  }

  #readAfter(error: unknown): Promise<Reading<S>> {
    const isAwaited = () => this.#isAwaited();
    return readAfterFailure(error, this.kind, this.#host.client, this.path, this.#watcher, isAwaited);
  }

  #isAwaited(): boolean {
    return allOf(this.#subscribers).some(({ waitsForNode }) => waitsForNode);
  }

  #publish(state: S, isArmed: boolean): void {
    this.#trouble = undefined;
    if (!isArmed && this.#isAwaited()) this.#soil();
    if (!this.#known || !this.#isPast(state)) {
      this.#known = state;
      if (state.stat) this.#newest = this.kind.mark(state.stat);
      else this.#isDeletionTold = state.isByEvent;
    }
    this.#phase = 'publishing';
    for (const subscriber of allOf(this.#subscribers)) subscriber.observed(this.#known);
  }

  #isPast({ stat }: S): boolean {
    if (!stat) return false;
    const mark = this.kind.mark(stat);
    // After a deletion the same mark is the past too: a recreated znode has a newer one. But if nobody told of one, it was
    // the missing znode that was the past.
    return mark < this.#newest || (mark === this.#newest && this.#known?.stat === null && this.#isDeletionTold);
  }

  #failed(error: unknown): void {
    const { client } = this.#host;
    if (client.state === 'closed' || codeOf(error) === 'CLIENT_CLOSED') return this.end('client-closed');
    if (HOPELESS.has(codeOf(error))) return this.end('error', error);
    this.#soil();
    // While there is no connection its return is what the next read waits for.
    if (client.state === 'connected') this.#retryLater();
    // Last: whoever is told may stop the last watch, or make another one.
    if (!isRetryable(error)) this.#reportFailure(error);
  }

  #retryLater(): void {
    const trouble = this.#inTrouble();
    trouble.failures += 1;
    trouble.retryTimer = setTimeout(
      () => {
        trouble.retryTimer = undefined;
        this.#pump();
      },
      backoff(trouble.failures, OBSERVING.retry),
    );
  }

  #cancelRetry(): void {
    if (!this.#trouble) return;
    clearTimeout(this.#trouble.retryTimer);
    this.#trouble.retryTimer = undefined;
  }

  #reportFailure(error: unknown): void {
    const trouble = this.#inTrouble();
    const identity = codeOf(error) ?? String(error);
    if (trouble.identity !== identity) trouble.told = new Set();
    trouble.identity = identity;
    for (const subscriber of allOf(this.#subscribers)) {
      if (trouble.told.has(subscriber)) continue;
      trouble.told.add(subscriber);
      subscriber.failed(error);
    }
  }

  #inTrouble(): Trouble {
    this.#trouble ??= { failures: 0, retryTimer: undefined, identity: undefined, told: new Set() };
    return this.#trouble;
  }

  #close(): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    this.#cancelRetry();
    this.#disarm();
    this.#host.forget(this as unknown as NodeObserver<NodeState>);
  }

  /** Again after a read that was on its way at the end: it has armed the watch anew. */
  #disarm(): void {
    this.#host.client.removeWatcher?.(this.path, this.#watcher);
  }

  /** Asked by a method, for whoever is told may have ended it. */
  #isOver(): boolean {
    return this.#phase === 'over';
  }
}

/** That there is no znode is an answer like another. */
function unlessMissing(error: unknown): void {
  if (codeOf(error) !== 'NO_NODE') throw error;
}
