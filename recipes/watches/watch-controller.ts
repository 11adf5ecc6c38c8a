import { onAbort } from '../../lib/core/abort.js';
import { type CallContext, captureContext, NO_STORES } from '../../lib/core/call-context.js';
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
  codeOf,
  NoNodeError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
} from '../../lib/core/errors.js';
import { frozenEvent } from '../../lib/core/frozen-event.js';
import { isThenable } from '../../lib/core/guarded-emitter.js';
import { SPEECH } from '../../lib/core/limits.js';
import { kindOf, reasonOf } from '../../lib/core/reason.js';
import { soon } from '../../lib/core/soon.js';
import { type NodeObserver, type NodeState, observe, reportsOf, type Subscriber } from '../observing/index.js';
import { Delivery } from './delivery.js';
import { type KeptReadiness, promiseOf, Readiness, resolveReadiness } from './readiness.js';
import { unaskedStop } from './unasked-stop.js';
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
  /** Where the function was registered; missing for one without stores. */
  readonly context?: CallContext;
  readonly end?: WatchEnd;
}

/** Stops that end a loop without an error. */
const WITHOUT_ERROR: ReadonlySet<StopReason> = new Set(['stopped', 'returned-false', 'client-closed']);

/** Controls a watch from its creation to its stop: turns the states of a znode into calls of a function. */
export class WatchController<S extends NodeState, F> extends Delivery<S> implements Subscriber<S> {
  readonly #watch: Watch;
  readonly #client: CoordinationClient;
  readonly #config: WatchConfig<S, F>;
  #func: F | undefined;
  #observer: NodeObserver<S> | undefined;
  #readiness: KeptReadiness | undefined;
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
    return promiseOf(this.#readiness);
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
    reportsOf(this.#client).unused.end(this.#watch);
    if (!iteration) return this.#registeredIn(captureContext());
    this.#extras = { ...this.#extras, iteration };
    if (this.isOver) iteration.onEnd(this.#extras.end ?? {});
  }

  /** The watch was made without a function: one, or a loop, must follow soon. */
  awaitUse(): void {
    if (!this.isOver) reportsOf(this.#client).unused.begin(this.#watch);
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

  /**
   * @param toError makes the error that `ready` and a loop reject with
   * @param isReported whether the logger has the stop already
   */
  stop(reason: StopReason, toError?: () => unknown, isReported = false): void {
    if (this.isOver) return;
    this.end();
    this.#observer?.unsubscribe(this);
    this.#observer = undefined;
    const reports = reportsOf(this.#client);
    reports.calls.end(this.#watch);
    reports.unused.end(this.#watch);
    this.#extras?.removeAbortListener?.();
    this.#extras?.removeStateListener?.();
    const isWithoutError = WITHOUT_ERROR.has(reason);
    const error = isWithoutError && this.hasBegun ? undefined : toError?.();
    if (toError && !this.hasBegun) this.#notReady(error);
    if (!isWithoutError) this.#extras = { ...this.#extras, end: { error } };
    this.#extras?.iteration?.onEnd(this.#extras.end ?? {});
    // Later, so that the code that has just created the watch can add a listener.
    soon(() => {
      const isHeard = this.#watch.emit('stop', reason) || this.#extras?.iteration !== undefined;
      if (!isHeard && !isReported) this.#reportStop(reason, error);
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
    this.#readFailed(error);
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
    const isHeard = this.#watch.emit('error', error);
    if (!isHeard) this.#reportStop('error', error);
    this.stop('error', () => error, !isHeard);
  }

  protected override isSame(delivered: S, next: S): boolean {
    return delivered.revision === next.revision;
  }

  /** `close()` takes effect before the client emits the state. */
  protected override mayCall(): boolean {
    return this.#client.state !== 'closed';
  }

  protected override call(state: S, delivered: S | undefined): unknown {
    const event = state.eventZxid !== null && delivered ? this.#eventBetween(delivered.stat, state) : null;
    const call = this.#extras?.iteration?.call ?? this.#config.call;
    const func = this.#func as F;
    const result = (this.#extras?.context ?? NO_STORES).call(() => {
      if (!watchDeliver.hasSubscribers) return call(func, state, event, delivered);
      const message: WatchDeliverMessage = { ...this.#messageBase, event, stat: state.stat };
      return traced(watchDeliver, message, () => call(func, state, event, delivered));
    });
    if (isThenable(result) && !this.isOver) reportsOf(this.#client).calls.begin(this.#watch);
    return result;
  }

  protected override settled(result: unknown): void {
    reportsOf(this.#client).calls.end(this.#watch);
    this.#readiness = resolveReadiness(this.#readiness);
    if (result === false) this.stop('returned-false');
  }

  protected override threw(error: unknown): void {
    reportsOf(this.#client).calls.end(this.#watch);
    this.#notReady(error);
    if (!this.#watch.emit('error', error)) this.reportThrown(error, 'the function');
  }

  protected override becameIdle(): void {
    this.#observer?.freed();
  }

  /** Reports an error of the user's code on the client's logger. @param part of the watch */
  reportThrown(error: unknown, part: string): void {
    const { path } = this.#watch;
    reportsOf(this.#client).threw(error, `${part} of the watch of ${path}`, path);
  }

  get #messageBase(): Pick<WatchMessage, 'client' | 'path' | 'aspect'> {
    return { client: this.#client, path: this.#watch.path, aspect: this.#config.aspect.name };
  }

  /** The event that agrees with both states; the server's events between two calls can be several. */
  #eventBetween(before: NodeState['stat'], { stat: now, eventZxid }: S): WatchedEvent {
    const type = now === null ? 'NodeDeleted' : before === null ? 'NodeCreated' : this.#config.changeEvent;
    return frozenEvent(type, this.#watch.path, eventZxid);
  }

  #registeredIn(context: CallContext): void {
    if (context !== NO_STORES) this.#extras = { ...this.#extras, context };
  }

  #readFailed(error: unknown): void {
    if (this.#watch.emit('error', error)) return;
    const { path } = this.#watch;
    const message = `a read of ${path} failed, and its watch reads again: ${reasonOf(error)}`;
    const line = { level: 'error', details: { err: error, path }, message } as const;
    reportsOf(this.#client).trouble(`read ${codeOf(error) ?? kindOf(error)}`, line);
  }

  #reportStop(reason: StopReason, error: unknown): void {
    const line = unaskedStop(this.#watch.path, reason, error);
    if (line) reportsOf(this.#client).trouble(`stop ${reason}`, line, { atOnce: SPEECH.atOnce });
  }

  #notReady(error: unknown): void {
    this.#readiness ??= new Readiness();
    if (this.#readiness instanceof Readiness) this.#readiness.reject(error);
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
