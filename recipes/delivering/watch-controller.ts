import { onAbort } from '../../lib/core/abort.js';
import { type CallContext, captureContext, NO_STORES } from '../../lib/core/call-context.js';
import type { ClientState, CoordinationClient, Stat, WatchedEvent } from '../../lib/core/coordination-client.js';
import { traced, type WatchMessage, watchDeliver, watchResynced, watchStop } from '../../lib/core/diagnostics.js';
import { ClientClosedError, codeOf, WatchInUseError, WatchStoppedError } from '../../lib/core/errors.js';
import { isThenable } from '../../lib/core/guarded-emitter.js';
import { SPEECH } from '../../lib/core/limits.js';
import { kindOf, reasonOf } from '../../lib/core/reason.js';
import { soon } from '../../lib/core/soon.js';
import { type WatchCounts, type WatchKind, watchCountsOf } from '../../lib/core/watch-counts.js';
import { reportsOf } from '../observing/index.js';
import { Delivery } from './delivery.js';
import { type KeptReadiness, promiseOf, Readiness, resolveReadiness } from './readiness.js';
import { unaskedStop } from './unasked-stop.js';
import { type FunctionCall, STOPS_WITHOUT_ERROR, type StopReason, type WatchEnd } from './watch-types.js';

const FUNCTION_THREW = "; the watch goes on: handle the error in the function, or by on('error', ...)";

/** The public object of a watch, which emits its events. */
export interface Watch {
  readonly path: string;
  /** Returns whether the event has a listener. */
  emit(event: 'error', error: unknown): boolean;
  emit(event: 'stop', reason: StopReason): boolean;
  emit(event: 'resynced'): boolean;
}

/** An observer of the states that a watch delivers. */
export interface Observation {
  /** Whether a change of the state observed last would have been reported by now. */
  readonly isCurrent: boolean;
  /** Ends the subscription of a controller. */
  unsubscribe(controller: object): void;
  /** A controller is no longer busy. */
  freed(): void;
}

/** The loop that replaces the function of a watch. */
export interface Iteration<S, F> {
  /** Called once, at once when the watch has stopped already. */
  readonly onEnd: (end: WatchEnd) => void;
  /** Replaces the call of the watch's configuration. */
  readonly call?: FunctionCall<S, F> | undefined;
}

/** The parts that most watches do without. */
interface Extras<S, F> {
  readonly removeAbortListener?: () => void;
  readonly removeStateListener?: () => void;
  readonly iteration?: Iteration<S, F>;
  /** Where the function was registered; missing for one without stores. */
  readonly context?: CallContext;
  readonly end?: WatchEnd;
}

/** Controls a watch from its creation to its stop: turns the states of its observer into calls of a function. */
export abstract class WatchController<S, F> extends Delivery<S> {
  protected readonly watch: Watch;
  protected readonly client: CoordinationClient;
  #func: F | undefined;
  #observation: Observation | undefined;
  #readiness: KeptReadiness | undefined;
  #extras: Extras<S, F> | undefined;

  constructor(watch: Watch, client: CoordinationClient) {
    super();
    this.watch = watch;
    this.client = client;
  }

  get ready(): Promise<void> {
    if (!this.#observation && !this.isOver) this.#stopWhenClientCloses();
    this.#readiness ??= new Readiness();
    return promiseOf(this.#readiness);
  }

  /** Whether a call with the server's current state has begun, and a change would be reported. */
  get isFresh(): boolean {
    return this.isUpToDate && this.#observation?.isCurrent === true;
  }

  /** Takes the only function that the watch will ever have. */
  claim(func: F, iteration?: Iteration<S, F>): void {
    const { path } = this.watch;
    if (this.#func) throw new WatchInUseError(`the watch of ${path} already has a function or an iterator`, { path });
    this.#func = func;
    reportsOf(this.client).unused.end(this.watch);
    if (!iteration) return this.#registeredIn(captureContext());
    this.#extras = { ...this.#extras, iteration };
    if (this.isOver) iteration.onEnd(this.#extras.end ?? {});
  }

  /** The watch was made without a function: one, or a loop, must follow soon. */
  awaitUse(): void {
    if (!this.isOver) reportsOf(this.client).unused.begin(this.watch);
  }

  /** Starts to observe, and so to call the function. */
  begin(): void {
    if (this.isOver) return;
    this.#extras?.removeStateListener?.();
    const observation = this.observe();
    // A state that is known already, or a closed client, may have stopped the watch.
    if (this.isOver) observation.unsubscribe(this);
    else {
      this.#observation = observation;
      this.#counts.running += 1;
    }
  }

  /**
   * @param toError makes the error that `ready` and a loop reject with
   * @param isReported whether the logger has the stop already
   */
  stop(reason: StopReason, toError?: () => unknown, isReported = false): void {
    if (this.isOver) return;
    this.end();
    if (this.#observation) {
      this.#observation.unsubscribe(this);
      this.#observation = undefined;
      this.#counts.running -= 1;
    }
    const reports = reportsOf(this.client);
    reports.calls.end(this.watch);
    reports.unused.end(this.watch);
    this.#extras?.removeAbortListener?.();
    this.#extras?.removeStateListener?.();
    const isWithoutError = STOPS_WITHOUT_ERROR.has(reason);
    const error = isWithoutError && this.hasBegun ? undefined : toError?.();
    if (toError && !this.hasBegun) this.notReady(error);
    if (!isWithoutError) this.#extras = { ...this.#extras, end: { error } };
    this.#extras?.iteration?.onEnd(this.#extras.end ?? {});
    // Later, so that the code that has just created the watch can add a listener.
    soon(() => {
      const isHeard = this.watch.emit('stop', reason) || this.#extras?.iteration !== undefined;
      if (!isHeard && !isReported) this.#reportStop(reason, error);
      if (watchStop.hasSubscribers) watchStop.publish({ ...this.#messageBase, reason });
    });
  }

  stopByUser(): void {
    const { path } = this.watch;
    this.stop('stopped', () => new WatchStoppedError(`the watch of ${path} was stopped before its first call`));
  }

  /** A read failed and will be retried. */
  failed(error: unknown): void {
    // A listener of another watch may just have stopped this one.
    if (this.isOver) return;
    this.notReady(error);
    this.reportFailedRead(error, this.watch.path);
  }

  resynced(): void {
    // Not inside an event of the client, and after a call that is due: listeners find the watch up to date.
    this.whenIdle(() => {
      // Otherwise a change, or another interruption, has come during the call.
      if (!this.isFresh) return false;
      this.watch.emit('resynced');
      if (watchResynced.hasSubscribers) watchResynced.publish(this.#messageBase);
      return true;
    });
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    if (this.isOver) return;
    if (reason === 'client-closed') return this.#clientClosed();
    const isHeard = this.watch.emit('error', error);
    if (!isHeard) this.#reportStop('error', error);
    this.stop('error', () => error, !isHeard);
  }

  /** Reports an error of the user's code on the client's logger. @param part of the watch */
  reportThrown(error: unknown, part: string): void {
    const { path } = this.watch;
    const advice = part === 'the function' ? FUNCTION_THREW : undefined;
    reportsOf(this.client).threw(error, `${part} of the watch of ${path}`, path, advice);
  }

  /** The name of the observed side, in messages of the diagnostics channels. */
  protected abstract get aspect(): Exclude<WatchKind, 'subscription' | 'patient'>;
  /** As which it is counted. */
  protected get kind(): WatchKind {
    return this.aspect;
  }
  /** Whether each call of the function is one of the user's. */
  protected get countsCalls(): boolean {
    return true;
  }
  /** Stops the watch when the signal aborts, at once when it has aborted: to be called when all is constructed. */
  protected stopWith(signal: AbortSignal | undefined): void {
    if (!signal) return;
    const removeAbortListener = onAbort(signal, () => this.stop('aborted', () => signal.reason));
    this.#extras = { ...this.#extras, removeAbortListener };
  }

  /** Subscribes to the states. One that is known may be observed before this returns. */
  protected abstract observe(): Observation;

  /** The call that a loop has in place of the configured one. */
  protected get callOfLoop(): FunctionCall<S, F> | undefined {
    return this.#extras?.iteration?.call;
  }

  /** The only function that the watch will ever have; present from the first call on. */
  protected get func(): F {
    return this.#func as F;
  }

  /** Calls the user's function by `run`, in the context of its registration. */
  protected callFunction(run: () => unknown, event: WatchedEvent | null, stat: Stat | null): unknown {
    const context = this.#extras?.context ?? NO_STORES;
    if (this.countsCalls) this.#counts.calls += 1;
    const result = watchDeliver.hasSubscribers
      ? context.call(() => traced(watchDeliver, { ...this.#messageBase, event, stat }, run))
      : context.call(run);
    if (isThenable(result) && !this.isOver) reportsOf(this.client).calls.begin(this.watch);
    return result;
  }

  /** `close()` takes effect before the client emits the state. */
  protected override mayCall(): boolean {
    return this.client.state !== 'closed';
  }

  protected override awaited(): void {
    reportsOf(this.client).calls.end(this.watch);
  }

  protected override settled(result: unknown): void {
    this.#readiness = resolveReadiness(this.#readiness);
    if (result === false) this.stop('returned-false');
  }

  protected override threw(error: unknown): void {
    this.#counts.failedCalls += 1;
    this.notReady(error);
    if (!this.watch.emit('error', error)) this.reportThrown(error, 'the function');
  }

  protected override becameIdle(): void {
    this.#observation?.freed();
  }

  protected notReady(error: unknown): void {
    this.#readiness ??= new Readiness();
    if (this.#readiness instanceof Readiness) this.#readiness.reject(error);
  }

  protected reportFailedRead(error: unknown, path: string): void {
    if (this.watch.emit('error', error)) return;
    const message = `a read of ${path} failed, and its watch reads again: ${reasonOf(error)}`;
    const line = { level: 'error', details: { err: error, path }, message } as const;
    reportsOf(this.client).trouble(`read ${codeOf(error) ?? kindOf(error)}`, line);
  }

  get #counts(): WatchCounts {
    return watchCountsOf(this.client)[this.kind];
  }

  get #messageBase(): Pick<WatchMessage, 'client' | 'path' | 'aspect'> {
    return { client: this.client, path: this.watch.path, aspect: this.aspect };
  }

  #registeredIn(context: CallContext): void {
    if (context !== NO_STORES) this.#extras = { ...this.#extras, context };
  }

  #reportStop(reason: StopReason, error: unknown): void {
    const line = unaskedStop(this.watch.path, reason, error);
    if (line) reportsOf(this.client).trouble(`stop ${reason}`, line, { atOnce: SPEECH.atOnce });
  }

  #clientClosed(): void {
    this.stop('client-closed', () => new ClientClosedError('the client was closed before the first call'));
  }

  /** Settles `ready` for a watch that has no function yet, and so no observer to report the close. */
  #stopWhenClientCloses(): void {
    if (this.client.state === 'closed') return this.#clientClosed();
    if (this.#extras?.removeStateListener) return;
    const onState = (state: ClientState): void => {
      if (state === 'closed') this.#clientClosed();
    };
    this.client.on('state', onState);
    this.#extras = { ...this.#extras, removeStateListener: () => this.client.off('state', onState) };
  }
}
