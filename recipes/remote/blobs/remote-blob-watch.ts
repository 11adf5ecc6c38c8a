import { onAbort } from '../../../lib/core/abort.js';
import { captureContext } from '../../../lib/core/call-context.js';
import { ClientClosedError, WatchStoppedError } from '../../../lib/core/errors.js';
import { GuardedEmitter } from '../../../lib/core/guarded-emitter.js';
import type { LastingTrouble } from '../../../lib/core/lasting-trouble.js';
import { soon } from '../../../lib/core/soon.js';
import { reportThrown } from '../../../lib/core/thrown.js';
import { quote } from '../../../lib/core/validation.js';
import type { CompleteWatchOptions } from '../../blobs/faces.js';
import type { BlobWatch } from '../../blobs/index.js';
import {
  Delivery,
  IdleClock,
  Readiness,
  STOPS_WITHOUT_ERROR,
  type StopReason,
  WATCH_EVENTS,
  type WatchEvents,
  type WatchStatus,
} from '../../delivering/index.js';

/** The owner of a watch. */
export interface WatchOwner {
  readonly trouble: LastingTrouble;
  /** Whether a change that happens now would be heard of soon. */
  readonly isCurrent: boolean;
  /** Everything up to it was heard of. */
  readonly position: bigint;
  remove(watch: RemoteBlobWatch): void;
}

/** The use that a watch makes of its states. */
export interface WatchTarget<S> {
  readonly kind: 'blob' | 'prefix';
  /** An id or a prefix. */
  readonly id: string;
  isSame(delivered: S, next: S): boolean;
  /** Calls the callback, unless there is no news. Returns whether there was, with its result. */
  call(state: S, isFirst: boolean): { readonly result: unknown } | null;
}

/** A watch of blobs behind an HTTP face. */
export class RemoteBlobWatch<S = unknown> extends GuardedEmitter<WatchEvents> implements BlobWatch {
  readonly id: string;
  readonly kind: 'blob' | 'prefix';
  readonly #owner: WatchOwner;
  readonly #options: CompleteWatchOptions;
  readonly #readiness = new Readiness();
  readonly #calls: Calls<S>;
  readonly #idle: IdleClock;
  #letGo: () => void = () => {};
  #isKnown = false;
  #settled = 0n;

  constructor(owner: WatchOwner, target: WatchTarget<S>, options: CompleteWatchOptions) {
    super();
    this.id = target.id;
    this.kind = target.kind;
    this.#owner = owner;
    this.#options = options;
    this.#idle = new IdleClock(options.maxIdleTimeout, () => this.#end('idle'));
    this.#calls = new Calls<S>(target, options.initial, {
      stirred: () => this.#idle.restart(),
      settled: (result) => this.#callSettled(result),
      threw: (error) => this.#threw(error),
      idle: () => this.currencyChanged(),
    });
  }

  get ready(): Promise<void> {
    return this.#readiness.promise;
  }

  get stopped(): boolean {
    return this.#calls.isOver;
  }

  get status(): WatchStatus {
    return this.#isFresh ? 'fresh' : 'stale';
  }

  get position(): bigint | undefined {
    if (this.kind === 'blob') return undefined;
    if (this.#isFresh && !this.#calls.isBusy) this.#settled = this.#owner.position;
    return this.#settled;
  }

  stop(): void {
    this.#end('stopped');
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Starts to listen to its signal. @internal */
  begin(): void {
    const { signal } = this.#options;
    this.#letGo = onAbort(signal, () => this.#end('aborted', signal?.reason));
  }

  /** The state is this now. @internal */
  observed(state: S): void {
    this.#isKnown = true;
    this.#calls.offer(state);
    this.currencyChanged();
  }

  /** Whether a first state has come. @internal */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** The owner may have become current, or stale. @internal */
  currencyChanged(): void {
    if (!this.stopped) this.#idle.run(this.#isFresh);
  }

  /** The owner is current again. @internal */
  resynced(): void {
    this.#calls.whenIdle(() => {
      if (!this.#isFresh) return false;
      this.emit('resynced');
      return true;
    });
  }

  /** No server may be asked for this. @internal */
  failed(error: unknown): void {
    // It may have been stopped while the server was asked.
    if (this.stopped) return;
    this.#readiness.reject(error);
    this.#end('error', error, this.emit('error', error));
  }

  /** The storage was closed. @internal */
  closed(): void {
    this.#end('client-closed');
  }

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    reportThrown(this.#owner.trouble, error, `a listener of the watch of ${quote(this.id)}`);
  }

  /** @internal */
  protected override get knownEvents(): readonly string[] {
    return WATCH_EVENTS;
  }

  get #isFresh(): boolean {
    return !this.stopped && this.#isKnown && this.#calls.isUpToDate && this.#owner.isCurrent;
  }

  #callSettled(result: unknown): void {
    this.#readiness.resolve();
    this.#settled = this.#owner.position;
    if (result === false) this.#end('returned-false');
  }

  #threw(error: unknown): void {
    this.#readiness.reject(error);
    if (!this.emit('error', error))
      reportThrown(this.#owner.trouble, error, `the callback of the watch of ${quote(this.id)}`);
  }

  #end(reason: StopReason, error?: unknown, isReported = false): void {
    if (this.stopped) return;
    this.#calls.end();
    this.#idle.stop();
    this.#letGo();
    this.#owner.remove(this as RemoteBlobWatch);
    const of = `the watch of ${quote(this.id)}`;
    this.#readiness.reject(
      error ??
        (reason === 'client-closed'
          ? new ClientClosedError(`the storage was closed before the first call of ${of}`)
          : new WatchStoppedError(`${of} was stopped before its first call`)),
    );
    soon(() => {
      const isHeard = this.emit('stop', reason) || isReported;
      if (reason === 'idle') this.#report(reason, `nothing has changed for ${this.#options.maxIdleTimeout} ms`);
      else if (!STOPS_WITHOUT_ERROR.has(reason) && reason !== 'aborted' && !isHeard)
        this.#report(reason, 'no server may be asked for it. Correct the cause, and make the watch again');
    });
  }

  #report(reason: StopReason, why: string): void {
    const message = `the watch of ${quote(this.id)} has stopped (${reason}): ${why}`;
    const details = { id: this.id, reason };
    this.#owner.trouble.report(`stop ${reason}`, { level: 'warn', details, message });
  }
}

interface CallsOwner {
  /** There is news: the idle time starts again. */
  stirred(): void;
  settled(result: unknown): void;
  threw(error: unknown): void;
  idle(): void;
}

/** The calls of one callback. */
class Calls<S> extends Delivery<S> {
  readonly #target: WatchTarget<S>;
  readonly #initial: boolean;
  readonly #owner: CallsOwner;
  readonly #context = captureContext();

  constructor(target: WatchTarget<S>, initial: boolean, owner: CallsOwner) {
    super();
    this.#target = target;
    this.#initial = initial;
    this.#owner = owner;
  }

  protected override isSame(delivered: S, next: S): boolean {
    return this.#target.isSame(delivered, next);
  }

  protected override mayCall(): boolean {
    return true;
  }

  protected override call(next: S, delivered: S | undefined): unknown {
    const isFirst = delivered === undefined;
    const mayBeCalled = !isFirst || this.#initial;
    if (mayBeCalled) this.#owner.stirred();
    return this.#context.call(() => this.#target.call(next, isFirst && !this.#initial)?.result);
  }

  protected override settled(result: unknown): void {
    this.#owner.settled(result);
  }

  protected override threw(error: unknown): void {
    this.#owner.threw(error);
  }

  protected override becameIdle(): void {
    this.#owner.idle();
  }
}
