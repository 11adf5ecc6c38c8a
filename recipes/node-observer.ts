import type { CoordinationClient, Watcher } from '../lib/coordination-client.js';
import { codeOf, isRetryable } from '../lib/errors.js';
import { backoff } from '../lib/retry.js';
import { type NodeKind, type NodeState, type Reading, readNode } from './node-kind.js';

/** Between reads that fail although the client is connected: an ACL may be mended without any event. */
const RETRY = { minDelay: 100, maxDelay: 30_000, factor: 2 };

/** Errors that say that the request can never succeed. */
const HOPELESS: ReadonlySet<unknown> = new Set(['INVALID_PATH', 'INVALID_ARGUMENT', 'BAD_ARGUMENTS', 'UNIMPLEMENTED']);

/** One who is told of a znode. Told synchronously: user code is for a later microtask. */
export interface Subscriber<S extends NodeState> {
  /** Whether a missing znode is something to wait for. */
  readonly waitsForNode: boolean;
  /**
   * What a read has found, changed or not.
   *
   * @param isByEvent whether an event of the server led to the read, not a first call or a recovery
   * @param epoch a history of the ensemble; states of different epochs cannot be compared
   */
  read(state: S, isByEvent: boolean, epoch: number): void;
  /** A read failed, and will be tried again. Told once for as long as it fails of the same. */
  failed(error: unknown): void;
  /** The session is gone; a new one is being made. */
  sessionLost(): void;
  /** Nothing will come any more. */
  ended(reason: 'client-closed' | 'error', error?: unknown): void;
}

/** What an observer needs of those that it shares a client with. */
export interface ObserverHost {
  readonly client: CoordinationClient;
  /** Runs the read as soon as there is a slot, so that thousands of observers do not read at once. */
  schedule(read: () => Promise<void>): void;
  /** The last subscriber has left. */
  forget(observer: NodeObserver<NodeState>): void;
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
  readonly #subscribers = new Set<Subscriber<S>>();
  #state: S | null = null;
  /** The newest mark seen, which outlives a deletion: what comes with an older one is a lagging server's past. */
  #newest = -1n;
  #epoch: number;
  /** Whether the server told that the znode, now missing, was deleted. */
  #isDeletionTold = false;
  #isDirty = true;
  #isByEvent = false;
  #isReading = false;
  #isPublishing = false;
  #isOver = false;
  #failures = 0;
  /** What reads fail of, and who has been told of it. */
  #failure: { readonly identity: unknown; readonly told: Set<Subscriber<S>> } | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(host: ObserverHost, kind: NodeKind<S>, path: string) {
    this.#host = host;
    this.kind = kind;
    this.path = path;
    this.#epoch = host.client.epoch ?? 0;
  }

  /** Begins to tell; what is known for certain is told at once. */
  subscribe(subscriber: Subscriber<S>): void {
    this.#subscribers.add(subscriber);
    if (this.#state && this.isCurrent) subscriber.read(this.#state, false, this.#epoch);
    else this.refresh();
  }

  /** Tells nothing more. The observer ends with its last subscriber. */
  unsubscribe(subscriber: Subscriber<S>): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size === 0) this.#close();
  }

  /** Whether a change of what was last read would have been reported by now. */
  get isCurrent(): boolean {
    return !this.#isDirty && !this.#isReading && this.#host.client.state === 'connected';
  }

  /** Reads again as soon as it can, and tells what it finds. */
  refresh(): void {
    this.#isDirty = true;
    this.#cancelRetry();
    // One read for all who ask because of what they are being told: it follows when all have been told.
    if (!this.#isPublishing) this.#pump();
  }

  /** @param isDoubtful whether watches may have got lost, and what is known with them */
  connected(isDoubtful: boolean, epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#newest = -1n;
    }
    if (isDoubtful) this.#isDirty = true;
    // What was reported up to now is the server's answer to a watch that was armed anew: nobody told it as it happened.
    this.#isByEvent = false;
    this.#cancelRetry();
    this.#pump();
  }

  sessionLost(): void {
    for (const subscriber of this.#subscribers) subscriber.sessionLost();
  }

  end(reason: 'client-closed' | 'error', error?: unknown): void {
    const subscribers = [...this.#subscribers];
    this.#subscribers.clear();
    // First: whoever subscribes to the path because of what they are told gets an observer that lives.
    this.#close();
    for (const subscriber of subscribers) subscriber.ended(reason, error);
  }

  /** Always the same function: a client can see that it is armed already. */
  readonly #watcher: Watcher = () => {
    if (this.#isOver) return;
    this.#isByEvent = true;
    this.#failures = 0;
    this.refresh();
  };

  #pump(): void {
    if (!this.#isDirty || this.#isReading || this.#retryTimer || this.#isOver) return;
    if (this.#host.client.state !== 'connected') return;
    this.#isReading = true;
    this.#host.schedule(() => this.#read());
  }

  async #read(): Promise<void> {
    if (this.#isOver) return;
    const isByEvent = this.#isByEvent;
    this.#isDirty = false;
    this.#isByEvent = false;
    const { client } = this.#host;
    try {
      const reading = await readNode(this.kind, client, this.path, this.#watcher, () => this.#isAwaited);
      this.#isReading = false;
      if (!this.#isOver) this.#publish(reading, isByEvent);
    } catch (error) {
      this.#isReading = false;
      if (!this.#isOver) this.#failed(error);
    }
    if (this.#isOver) this.#disarm();
    this.#pump();
  }

  /** Again after a read that was on its way at the end: it has armed the watch anew. */
  #disarm(): void {
    this.#host.client.removeWatcher?.(this.path, this.#watcher);
  }

  get #isAwaited(): boolean {
    for (const subscriber of this.#subscribers) if (subscriber.waitsForNode) return true;
    return false;
  }

  #publish({ state, isArmed }: Reading<S>, isByEvent: boolean): void {
    this.#failures = 0;
    this.#failure = undefined;
    if (!isArmed && this.#isAwaited) this.#isDirty = true;
    const known = this.#state && this.#isPast(state) ? this.#state : state;
    if (known.stat) this.#newest = this.kind.mark(known.stat);
    else if (known !== this.#state) this.#isDeletionTold = isByEvent;
    this.#state = known;
    this.#isPublishing = true;
    for (const subscriber of [...this.#subscribers]) subscriber.read(known, isByEvent, this.#epoch);
    this.#isPublishing = false;
  }

  #isPast(state: S): boolean {
    if (!state.stat) return false;
    const mark = this.kind.mark(state.stat);
    // After a deletion the same mark is the past too: a recreated znode has a newer one. But if nobody told of one, it was
    // the missing znode that was the past.
    return mark < this.#newest || (mark === this.#newest && this.#state?.stat === null && this.#isDeletionTold);
  }

  #failed(error: unknown): void {
    const { client } = this.#host;
    if (client.state === 'closed' || codeOf(error) === 'CLIENT_CLOSED') return this.end('client-closed');
    if (HOPELESS.has(codeOf(error))) return this.end('error', error);
    this.#isDirty = true;
    // While there is no connection its return is what the next read waits for.
    if (client.state === 'connected') this.#retryLater();
    // Last: whoever is told may stop the last watch, or make another one.
    if (!isRetryable(error)) this.#reportFailure(error);
  }

  #retryLater(): void {
    this.#failures += 1;
    this.#retryTimer = setTimeout(
      () => {
        this.#retryTimer = undefined;
        this.#pump();
      },
      backoff(this.#failures, RETRY),
    );
  }

  #cancelRetry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  #reportFailure(error: unknown): void {
    const identity = codeOf(error) ?? String(error);
    if (this.#failure?.identity !== identity) this.#failure = { identity, told: new Set() };
    const { told } = this.#failure;
    for (const subscriber of [...this.#subscribers]) {
      if (told.has(subscriber)) continue;
      told.add(subscriber);
      subscriber.failed(error);
    }
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelRetry();
    this.#disarm();
    this.#host.forget(this as unknown as NodeObserver<NodeState>);
  }
}
