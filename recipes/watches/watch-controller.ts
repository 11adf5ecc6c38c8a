import { onAbort } from '../../lib/core/abort.js';
import type { ClientState, CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import {
  traced,
  type WatchDeliverMessage,
  type WatchMessage,
  watchDeliver,
  watchResynced,
  watchStop,
} from '../../lib/core/diagnostics.js';
import {
  ClientClosedError,
  NoNodeError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
} from '../../lib/core/errors.js';
import { guardLogger } from '../../lib/core/logger.js';
import { soon } from '../../lib/core/soon.js';
import { type NodeObserver, type NodeState, observe, type Subscriber } from '../observing/index.js';
import { Delivery } from './delivery.js';
import { Readiness } from './readiness.js';
import type { FunctionCall, StopReason, WatchConfig, WatchEnd } from './watch-types.js';

/** The public object of a watch, which emits its events. */
interface Watch {
  readonly path: string;
  /** Returns whether the event has a listener. */
  emit(event: 'error', error: unknown): boolean;
  emit(event: 'stop', reason: StopReason): boolean;
  emit(event: 'resynced'): boolean;
}

/** The loop that replaces the function of a watch. */
export interface Iteration<S extends NodeState, F> {
  /** Called once, at once when the watch has stopped already. */
  readonly onEnd: (end: WatchEnd) => void;
  /** Replaces the call of the watch's configuration. */
  readonly call?: FunctionCall<S, F> | undefined;
}

/** The parts that most watches do without. */
interface Extras<S extends NodeState, F> {
  readonly removeAbortListener?: () => void;
  readonly removeStateListener?: () => void;
  readonly iteration?: Iteration<S, F>;
  readonly end?: WatchEnd;
}

/** Stops that end a loop without an error. */
const WITHOUT_ERROR: ReadonlySet<StopReason> = new Set(['stopped', 'returned-false', 'client-closed']);

/** Shared by all watches that became ready before anybody asked for `ready`. */
const READY = new Readiness();
READY.resolve();

/** Controls a watch from its creation to its stop: turns the states of a znode into calls of a function. */
export class WatchController<S extends NodeState, F> extends Delivery<S> implements Subscriber<S> {
  readonly #watch: Watch;
  readonly #client: CoordinationClient;
  readonly #config: WatchConfig<S, F>;
  #func: F | undefined;
  #observer: NodeObserver<S> | undefined;
  #readiness: Readiness | undefined;
  #extras: Extras<S, F> | undefined;

  constructor(watch: Watch, client: CoordinationClient, config: WatchConfig<S, F>, signal: AbortSignal | undefined) {
    super();
    this.#watch = watch;
    this.#client = client;
    this.#config = config;
    if (!signal) return;
    const removeAbortListener = onAbort(signal, () => this.stop('aborted', () => signal.reason));
    this.#extras = { ...this.#extras, removeAbortListener };
  }

  get ready(): Promise<void> {
    if (!this.#observer && !this.isOver) this.#stopWhenClientCloses();
    this.#readiness ??= new Readiness();
    return this.#readiness.promise;
  }

  /** Whether a call with the server's current state has begun, and a change would be reported. */
  get isFresh(): boolean {
    return this.isUpToDate && this.#observer?.isCurrent === true;
  }

  get waitsForNode(): boolean {
    return this.#config.waitsForNode;
  }

  /** Takes the only function that the watch will ever have. */
  claim(func: F, iteration?: Iteration<S, F>): void {
    const { path } = this.#watch;
    if (this.#func) throw new WatchInUseError(`the watch of ${path} already has a function or an iterator`, { path });
    this.#func = func;
    if (!iteration) return;
    this.#extras = { ...this.#extras, iteration };
    if (this.isOver) iteration.onEnd(this.#extras.end ?? {});
  }

  /** Starts to observe, and so to call the function. */
  begin(): void {
    if (this.isOver) return;
    this.#extras?.removeStateListener?.();
    const observer = observe(this.#client, this.#config.aspect, this.#watch.path, this);
    // A state that is known already, or a closed client, may have stopped the watch.
    if (this.isOver) observer.unsubscribe(this);
    else this.#observer = observer;
  }

  /** @param toError makes the error that `ready` and a loop reject with */
  stop(reason: StopReason, toError?: () => unknown): void {
    if (this.isOver) return;
    this.end();
    this.#observer?.unsubscribe(this);
    this.#observer = undefined;
    this.#extras?.removeAbortListener?.();
    this.#extras?.removeStateListener?.();
    const isWithoutError = WITHOUT_ERROR.has(reason);
    const error = isWithoutError && this.hasBegun ? undefined : toError?.();
    if (toError && !this.hasBegun) this.#notReady(error);
    if (!isWithoutError) this.#extras = { ...this.#extras, end: { error } };
    this.#extras?.iteration?.onEnd(this.#extras.end ?? {});
    // Later, so that the code that has just created the watch can add a listener.
    soon(() => {
      this.#watch.emit('stop', reason);
      if (watchStop.hasSubscribers) watchStop.publish({ ...this.#messageBase, reason });
    });
  }

  stopByUser(): void {
    const { path } = this.#watch;
    this.stop('stopped', () => new WatchStoppedError(`the watch of ${path} was stopped before its first call`));
  }

  observed(state: S): void {
    if (state.stat || this.#config.waitsForNode) return this.offer(state);
    const { path } = this.#watch;
    this.stop('no-node', () => new NoNodeError(`there is no znode ${path} to watch`, { path }));
  }

  failed(error: unknown): void {
    this.#notReady(error);
    this.#report(error, 'goes on');
  }

  sessionLost(): void {
    if (this.#config.outlivesSession) return;
    this.stop(
      'session-lost',
      () => new SessionExpiredError('the session was lost, and the watch was not to outlive it'),
    );
  }

  resynced(): void {
    // After a call that is due, so that listeners find the watch up to date.
    this.whenIdle(() => {
      this.#watch.emit('resynced');
      if (watchResynced.hasSubscribers) watchResynced.publish(this.#messageBase);
    });
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    if (reason === 'client-closed') return this.#clientClosed();
    this.#report(error, 'has stopped');
    this.stop('error', () => error);
  }

  protected override isSame(delivered: S, next: S): boolean {
    return delivered.revision === next.revision;
  }

  /** `close()` takes effect before the client emits the state. */
  protected override mayCall(): boolean {
    return this.#client.state !== 'closed';
  }

  protected override call(state: S, delivered: S | undefined): unknown {
    const event = state.isByEvent && delivered ? this.#eventBetween(delivered.stat, state.stat) : null;
    const call = this.#extras?.iteration?.call ?? this.#config.call;
    const func = this.#func as F;
    if (!watchDeliver.hasSubscribers) return call(func, state, event, delivered);
    const message: WatchDeliverMessage = { ...this.#messageBase, event, stat: state.stat };
    return traced(watchDeliver, message, () => call(func, state, event, delivered));
  }

  protected override settled(result: unknown): void {
    if (this.#readiness) this.#readiness.resolve();
    else this.#readiness = READY;
    if (result === false) this.stop('returned-false');
  }

  protected override threw(error: unknown): void {
    this.#notReady(error);
    this.#report(error, 'goes on');
  }

  /** Logs an error on the client's logger. */
  log(error: unknown, message: string): void {
    guardLogger(this.#client.logger).error({ err: error, path: this.#watch.path }, message);
  }

  get #messageBase(): Pick<WatchMessage, 'client' | 'path' | 'aspect'> {
    return { client: this.#client, path: this.#watch.path, aspect: this.#config.aspect.name };
  }

  /** The event that agrees with both states; the server's events between two calls can be several. */
  #eventBetween(before: NodeState['stat'], now: NodeState['stat']): WatchedEvent {
    const type = now === null ? 'NodeDeleted' : before === null ? 'NodeCreated' : this.#config.changeEvent;
    return { type, path: this.#watch.path };
  }

  #report(error: unknown, outcome: 'goes on' | 'has stopped'): void {
    if (!this.#watch.emit('error', error)) this.log(error, `the watch of ${this.#watch.path} failed and ${outcome}`);
  }

  #notReady(error: unknown): void {
    this.#readiness ??= new Readiness();
    this.#readiness.reject(error);
  }

  #clientClosed(): void {
    this.stop('client-closed', () => new ClientClosedError('the client was closed before the first call'));
  }

  /** Settles `ready` for a watch that has no function yet, and so no observer to report the close. */
  #stopWhenClientCloses(): void {
    if (this.#client.state === 'closed') return this.#clientClosed();
    if (this.#extras?.removeStateListener) return;
    const onState = (state: ClientState): void => {
      if (state === 'closed') this.#clientClosed();
    };
    this.#client.on('state', onState);
    this.#extras = { ...this.#extras, removeStateListener: () => this.#client.off('state', onState) };
  }
}
