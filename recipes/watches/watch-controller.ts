import { onAbort } from '../../lib/core/abort.js';
import type { ClientState, CoordinationClient, WatchedEvent } from '../../lib/core/coordination-client.js';
import { traced, type WatchMessage, watchDeliver, watchResynced, watchStop } from '../../lib/core/diagnostics.js';
import {
  ClientClosedError,
  NoNodeError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
} from '../../lib/core/errors.js';
import { guardLogger } from '../../lib/core/logger.js';
import { isSameState, type NodeObserver, type NodeState, observe, type Subscriber } from '../observing/index.js';
import { Delivery } from './delivery.js';
import { Readiness } from './readiness.js';
import type { End, StopReason, WatchRecipe } from './watch-types.js';

/** The watch that the user holds, and that tells its listeners what happens. */
interface Watch {
  readonly path: string;
  /** Whether somebody listens. */
  emit(event: 'error', error: unknown): boolean;
  emit(event: 'stop', reason: StopReason): boolean;
  emit(event: 'resynced'): boolean;
}

/** Reasons that end a loop without an error. */
const QUIET: ReadonlySet<StopReason> = new Set(['stopped', 'returned-false', 'client-closed']);

type OnEnd = (end: End) => void;

const READY = new Readiness();
READY.resolve();

/** The life of a watch, from its making to its stop: what it is told of the znode becomes calls of its function. */
export class WatchLife<S extends NodeState, F> extends Delivery<S> implements Subscriber<S> {
  readonly #watch: Watch;
  readonly #client: CoordinationClient;
  readonly #recipe: WatchRecipe<S, F>;
  #func: F | undefined;
  #observer: NodeObserver<S> | undefined;
  #readiness: Readiness | undefined;
  /** What most watches have none of. */
  #extras: { letGoOfSignal?: () => void; letGoOfState?: () => void; onEnd?: OnEnd; howEnded?: End } | undefined;

  constructor(watch: Watch, client: CoordinationClient, recipe: WatchRecipe<S, F>, signal: AbortSignal | undefined) {
    super();
    this.#watch = watch;
    this.#client = client;
    this.#recipe = recipe;
    if (!signal) return;
    this.#extras = {};
    this.#extras.letGoOfSignal = onAbort(signal, () => this.stop('aborted', () => signal.reason));
  }

  get ready(): Promise<void> {
    if (!this.#observer && !this.isOver) this.#watchForClose();
    this.#readiness ??= new Readiness();
    return this.#readiness.promise;
  }

  /** Whether it has told what the server holds, and would be told of a change. */
  get isFresh(): boolean {
    return this.isUpToDate && this.#observer?.isCurrent === true;
  }

  /**
   * Takes the function that is to be called; nobody else can give one any more.
   *
   * @param onEnd is told of the stop once, be it that it came before
   */
  claim(func: F, onEnd?: OnEnd): void {
    const { path } = this.#watch;
    if (this.#func) throw new WatchInUseError(`the watch of ${path} has a function, or an iterator, already`, { path });
    this.#func = func;
    if (!onEnd) return;
    this.#extras = { ...this.#extras, onEnd };
    if (this.isOver) onEnd(this.#extras.howEnded ?? {});
  }

  /** Begins to call the function. */
  begin(): void {
    if (this.isOver) return;
    if (this.#client.state === 'closed') return this.#clientClosed();
    this.#extras?.letGoOfState?.();
    this.#observer = observe(this.#client, this.#recipe.kind, this.#watch.path, this);
    // What is known already may be what stops it.
    if (this.isOver) this.#observer.unsubscribe(this);
  }

  /** @param whyNot what `ready` rejects with when there was no call yet */
  stop(reason: StopReason, whyNot?: () => unknown): void {
    if (this.isOver) return;
    this.end();
    this.#observer?.unsubscribe(this);
    this.#observer = undefined;
    this.#extras?.letGoOfSignal?.();
    this.#extras?.letGoOfState?.();
    const isQuiet = QUIET.has(reason);
    const error = isQuiet && this.hasBegun ? undefined : whyNot?.();
    if (whyNot && !this.hasBegun) this.#notReady(error);
    if (!isQuiet) this.#extras = { ...this.#extras, howEnded: { error } };
    this.#extras?.onEnd?.(this.#extras.howEnded ?? {});
    // Whoever has just made the watch gets the time to listen.
    queueMicrotask(() => {
      this.#watch.emit('stop', reason);
      if (watchStop.hasSubscribers) watchStop.publish({ ...this.#about, reason });
    });
  }

  stopByUser(): void {
    const { path } = this.#watch;
    this.stop('stopped', () => new WatchStoppedError(`the watch of ${path} was stopped before its first call`));
  }

  get waitsForNode(): boolean {
    return this.#recipe.waitsForNode;
  }

  observed(state: S): void {
    if (!state.stat && !this.waitsForNode) this.#noNode();
    else this.offer(state);
  }

  failed(error: unknown): void {
    this.#notReady(error);
    this.#report(error, 'goes on');
  }

  sessionLost(): void {
    if (this.#recipe.outlivesSession) return;
    this.stop(
      'session-lost',
      () => new SessionExpiredError('the session was lost, and the watch was not to outlive it'),
    );
  }

  resynced(): void {
    // Whoever is told afterwards was called with it before.
    this.whenIdle(() => {
      this.#watch.emit('resynced');
      if (watchResynced.hasSubscribers) watchResynced.publish(this.#about);
    });
  }

  ended(reason: 'client-closed' | 'error', error?: unknown): void {
    if (reason === 'client-closed') return this.#clientClosed();
    this.#report(error, 'has stopped');
    this.stop('error', () => error);
  }

  protected override isSame(delivered: S, next: S): boolean {
    return isSameState(this.#recipe.kind, delivered, next);
  }

  /** A client's close is told a little later than it takes effect. */
  protected override mayCall(): boolean {
    return this.#client.state !== 'closed';
  }

  protected override call(state: S, delivered: S | undefined): unknown {
    const event = state.isByEvent && delivered ? this.#event(delivered.stat, state.stat) : null;
    if (!watchDeliver.hasSubscribers) return this.#recipe.call(this.#func as F, state, event, delivered);
    return traced(watchDeliver, { ...this.#about, event, stat: state.stat }, () => {
      return this.#recipe.call(this.#func as F, state, event, delivered);
    });
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

  get #about(): Pick<WatchMessage, 'client' | 'path' | 'kind'> {
    return { client: this.#client, path: this.#watch.path, kind: this.#recipe.kind.name };
  }

  /** What has happened between two calls, which may be more than the one event that the server tells. */
  #event(before: NodeState['stat'], now: NodeState['stat']): WatchedEvent {
    const type = now === null ? 'NodeDeleted' : before === null ? 'NodeCreated' : this.#recipe.changeEvent;
    return { type, path: this.#watch.path };
  }

  /** Tells the client's logger. */
  log(error: unknown, message: string): void {
    guardLogger(this.#client.logger).error({ err: error, path: this.#watch.path }, message);
  }

  #report(error: unknown, outcome: 'goes on' | 'has stopped'): void {
    if (!this.#watch.emit('error', error)) this.log(error, `the watch of ${this.#watch.path} failed and ${outcome}`);
  }

  #notReady(error: unknown): void {
    this.#readiness ??= new Readiness();
    this.#readiness.reject(error);
  }

  #noNode(): void {
    const { path } = this.#watch;
    this.stop('no-node', () => new NoNodeError(`there is no znode ${path} to watch`, { path }));
  }

  #clientClosed(): void {
    this.stop('client-closed', () => new ClientClosedError('the client was closed before the first call'));
  }

  /** Somebody waits for a watch that has no function yet: the client's end must not leave them waiting. */
  #watchForClose(): void {
    if (this.#client.state === 'closed') return this.#clientClosed();
    if (this.#extras?.letGoOfState) return;
    const onState = (state: ClientState): void => {
      if (state === 'closed') this.#clientClosed();
    };
    this.#client.on('state', onState);
    this.#extras = { ...this.#extras, letGoOfState: () => this.#client.off('state', onState) };
  }
}
