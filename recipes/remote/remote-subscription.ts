import { onAbort } from '../../lib/core/abort.js';
import { captureContext } from '../../lib/core/call-context.js';
import { NotSubscribedError, WatchInUseError, WatchStoppedError } from '../../lib/core/errors.js';
import { GuardedEmitter } from '../../lib/core/guarded-emitter.js';
import { LastingTrouble } from '../../lib/core/lasting-trouble.js';
import { guardLogger } from '../../lib/core/logger.js';
import { reasonOf } from '../../lib/core/reason.js';
import { isSliceOver, nextSlice } from '../../lib/core/slices.js';
import { soon } from '../../lib/core/soon.js';
import { reportThrown } from '../../lib/core/thrown.js';
import { invalidSecret, validateOptions } from '../../lib/core/validation.js';
import { type ChangeFilter, Checkpoint, CompiledFilter, type TreeChange } from '../changes/index.js';
import { Readiness, type StopReason, WATCH_EVENTS, type WatchEvents, WatchIterator } from '../delivering/index.js';
import type { ChangeFunction, Subscription, Transport, WireRequest } from '../events/index.js';
import { KnownTree } from './known-tree.js';
import { parseBatch } from './parse-batch.js';
import { type ConnectionOptions, type ConnectionOwner, RemoteConnection } from './remote-connection.js';
import { RemoteFilter } from './remote-filters.js';

/** The parts of a remote subscription, all valid. */
export interface RemoteSubscriptionOptions extends ConnectionOptions {
  readonly since: bigint | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A subscription that learns of changes from an event gateway. */
export class RemoteSubscription extends GuardedEmitter<WatchEvents> implements Subscription, ConnectionOwner {
  readonly closed: Promise<StopReason>;
  readonly complete: boolean;
  readonly #url: string;
  readonly #context = captureContext();
  readonly #readiness = new Readiness();
  readonly #trouble = new LastingTrouble(guardLogger());
  readonly #connection: RemoteConnection;
  readonly #tree: KnownTree;
  readonly #func: ChangeFunction;
  readonly #iterator: WatchIterator<TreeChange> | undefined;
  readonly #removeAbortListener: () => void;
  #onClosed: (reason: StopReason) => void = () => {};
  #isIterated = false;
  #onIterated: () => void = () => {};
  #isOver = false;
  #isHandingOut = false;
  /** Whether a failure was reported since the gateway was reached last. */
  #hasReported = false;
  #wasInterrupted = false;
  #wasReady = false;
  #path = '';
  #position: bigint;
  #transport: Transport | null = null;

  /** @param func `null` for a loop */
  constructor(filters: readonly RemoteFilter[], func: ChangeFunction | null, options: RemoteSubscriptionOptions) {
    super();
    const { url, since, signal } = options;
    this.#url = url;
    this.complete = since === undefined;
    this.#position = since ?? 0n;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#tree = new KnownTree(filters, since);
    if (func) this.#func = func;
    else {
      const iterated = new Promise<void>((resolve) => {
        this.#onIterated = resolve;
      });
      const stopByUser = (): void => this.#stopByUser();
      const iterator = new WatchIterator<TreeChange>({ begin: () => this.#onIterated(), stopByUser });
      this.#iterator = iterator;
      this.#func = (change) => iterated.then(() => (this.#isOver ? undefined : iterator.deliver(change)));
    }
    this.#connection = new RemoteConnection(options, this);
    this.#removeAbortListener = onAbort(signal, () => this.#stop('aborted', signal?.reason));
    if (!this.#isOver) this.#connection.start();
  }

  /** Empty until the gateway has said it. */
  get path(): string {
    return this.#path;
  }

  get ready(): Promise<void> {
    return this.#readiness.promise;
  }

  get transport(): Transport | null {
    return this.#transport;
  }

  get position(): bigint {
    return this.#position;
  }

  checkpoint(): Checkpoint {
    const { allKnown: known } = this.#tree;
    return new Checkpoint({ root: this.#path === '' ? '/' : this.#path, position: this.#position, known });
  }

  async subscribe(filter: ChangeFilter, options?: { since?: bigint | undefined }): Promise<void> {
    validateOptions('options', options, ['since']);
    const since = options?.since;
    if (since !== undefined && (typeof since !== 'bigint' || since < 0n)) {
      throw invalidSecret('since', since, 'a zxid from 0n');
    }
    let onCounts = (): void => {};
    const counts = new Promise<void>((resolve) => {
      onCounts = resolve;
    });
    const added = new RemoteFilter('filter', filter, since, onCounts);
    if (this.#isOver) throw this.#closedError();
    this.#tree.add(added);
    this.#connection.restart();
    await counts;
    if (this.#isOver && !added.counts) throw this.#closedError();
  }

  async unsubscribe(filter: ChangeFilter): Promise<void> {
    const { key } = new CompiledFilter('filter', filter);
    if (!this.#tree.remove(key)) {
      throw new NotSubscribedError(`the subscription to ${this.#url} has no such filter`);
    }
    this.#connection.restart();
  }

  close(): Promise<void> {
    this.#stopByUser();
    return this.closed.then(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<TreeChange> {
    if (!this.#iterator || this.#isIterated) {
      throw new WatchInUseError(`the subscription to ${this.#url} already has a function or an iterator`);
    }
    this.#isIterated = true;
    return this.#iterator;
  }

  // The owner of the connection.

  toRequest(isContinued?: boolean): WireRequest {
    return this.#tree.toRequest(isContinued);
  }

  receive(value: Record<string, unknown>): boolean {
    const batch = parseBatch(value);
    this.#path = batch.path;
    const isComplete = this.#tree.receive(batch, this.#onPassed());
    if (isComplete) {
      this.#wasInterrupted = false;
      // A loop may begin after this, whatever there is to be handed out.
      if (this.#iterator) this.#readiness.resolve();
    }
    void this.#handOut();
    return isComplete;
  }

  isUp(transport: Transport): void {
    this.#transport = transport;
    this.#hasReported = false;
  }

  failed(error: Error): void {
    this.#wasInterrupted ||= this.#wasReady;
    if (this.#hasReported) return;
    this.#hasReported = true;
    if (this.emit('error', error)) return;
    const line = { level: 'warn', details: { err: error }, message: `${reasonOf(error)}; it is tried again` } as const;
    this.#trouble.report('lost', line);
  }

  ended(error: Error): void {
    if (!this.emit('error', error)) {
      const message = `the subscription to ${this.#url} has ended: ${reasonOf(error)}`;
      this.#trouble.report('ended', { level: 'error', details: { err: error }, message });
    }
    this.#stop('error', error);
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    reportThrown(this.#trouble, error, `a listener of the subscription to ${this.#url}`);
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return WATCH_EVENTS;
  }

  /** Called once everything that has come so far was handed out. */
  #onPassed(): (() => void) | undefined {
    if (this.#wasInterrupted) return () => this.emit('resynced');
    if (this.#wasReady) return undefined;
    return () => {
      this.#wasReady = true;
      this.#readiness.resolve();
    };
  }

  async #handOut(): Promise<void> {
    if (this.#isHandingOut) return;
    this.#isHandingOut = true;
    for (let next = this.#tree.shift(); next && !this.#isOver; next = this.#tree.shift()) {
      if (next.kind === 'mark') {
        this.#position = next.position;
        next.onPassed?.();
        continue;
      }
      const change = this.#tree.take(next);
      if (change) await this.#call(change);
      if (isSliceOver()) await nextSlice();
    }
    this.#isHandingOut = false;
  }

  /** Never rejects. */
  async #call(change: TreeChange): Promise<void> {
    try {
      const result = await this.#context.call(() => this.#func(change));
      if (result === false) this.#stop('returned-false');
    } catch (error) {
      if (!this.emit('error', error)) reportThrown(this.#trouble, error, `the function of ${this.#url}`, change.path);
    }
  }

  #stopByUser(): void {
    this.#stop('stopped');
  }

  /** @param error that `ready` and a loop reject with */
  #stop(reason: StopReason, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.close();
    this.#removeAbortListener?.();
    this.#trouble.end();
    const isAsked = reason === 'stopped' || reason === 'returned-false';
    this.#readiness.reject(isAsked ? this.#closedError() : error);
    this.#onIterated();
    this.#iterator?.ended(isAsked ? {} : { error });
    // Later, so that the code that has just subscribed can add a listener.
    soon(() => {
      this.#onClosed(reason);
      for (const filter of this.#tree.filters) filter.removed();
      this.emit('stop', reason);
    });
  }

  #closedError(): WatchStoppedError {
    return new WatchStoppedError(`the subscription to ${this.#url} is closed`);
  }
}
