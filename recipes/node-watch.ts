import { onAbort } from '../lib/abort.js';
import type { ClientState, CoordinationClient, WatchedEvent } from '../lib/coordination-client.js';
import {
  ClientClosedError,
  NoNodeError,
  SessionExpiredError,
  WatchInUseError,
  WatchStoppedError,
} from '../lib/errors.js';
import { GuardedEmitter } from '../lib/guarded-emitter.js';
import { guardLogger } from '../lib/logger.js';
import { validatePath } from '../lib/paths.js';
import { invalid, validateFunction, validateSignal } from '../lib/validation.js';
import { Delivery } from './delivery.js';
import type { NodeKind, NodeState } from './node-kind.js';
import type { Subscriber } from './node-observer.js';
import { observe, type Subscription } from './observers.js';
import { Readiness } from './readiness.js';

/**
 * Why a watch has stopped.
 *
 * - `returned-false`: its function returned `false`, or a promise of it.
 * - `stopped`: `stop()` was called.
 * - `aborted`: its signal aborted.
 * - `client-closed`: the client was closed.
 * - `session-lost`: the session was lost, and the watch was not to outlive it.
 * - `no-node`: the znode is missing, and the watch was not to wait for it.
 * - `error`: a read failed of something that trying again cannot mend.
 */
export type StopReason =
  | 'returned-false'
  | 'stopped'
  | 'aborted'
  | 'client-closed'
  | 'session-lost'
  | 'no-node'
  | 'error';

/** The events of a watch. */
export interface WatchEvents {
  /**
   * The function threw, or a read failed of something else than the connection. The watch goes on. Without a listener it goes
   * to the client's logger.
   */
  error: (error: unknown) => void;
  /** The watch has stopped: no call begins any more. One that has begun may still run. */
  stop: (reason: StopReason) => void;
}

/** How any watch behaves. */
export interface WatchOptions {
  /** Stops the watch when it aborts. */
  signal?: AbortSignal;
}

/** How watches differ. */
export interface WatchTraits {
  readonly waitsForNode: boolean;
  readonly outlivesSession: boolean;
}

interface Observation<S> {
  readonly state: S;
  readonly isByEvent: boolean;
  readonly epoch: number;
}

/**
 * What every watch of a znode does: calls one function with the state of the znode, first as soon as it is known and
 * then at each change, one call at a time, until the function returns `false` or the watch is stopped.
 *
 * @typeParam S what is told of the znode
 * @typeParam F the function that is called
 */
export abstract class NodeWatch<S extends NodeState, F extends (...args: never[]) => unknown>
  extends GuardedEmitter<WatchEvents>
  implements Disposable
{
  /** The path of the znode. */
  readonly path: string;
  readonly #client: CoordinationClient;
  readonly #kind: NodeKind<S>;
  readonly #traits: WatchTraits;
  readonly #readiness = new Readiness();
  readonly #letGoOfSignal: () => void;
  #delivery: Delivery<Observation<S>> | undefined;
  #subscription: Subscription | undefined;
  #onState: ((state: ClientState) => void) | undefined;
  #stopped = false;

  /** @internal */
  protected constructor(
    client: CoordinationClient,
    path: string,
    kind: NodeKind<S>,
    traits: WatchTraits,
    signal: AbortSignal | undefined,
  ) {
    super();
    validateClient(client);
    validatePath(path);
    validateSignal('signal', signal);
    this.path = path;
    this.#client = client;
    this.#kind = kind;
    this.#traits = traits;
    this.#letGoOfSignal = onAbort(signal, () => this.#stop('aborted', () => signal?.reason));
  }

  /**
   * Settles once the function has been called once and has settled. Rejects with what the first call threw, with what
   * stopped the watch before its first call, or with what the first read failed of (as {@link NoAuthError}): the watch
   * goes on in the last case, and calls when it may. A rejection that nobody awaits does no harm.
   */
  get ready(): Promise<void> {
    if (!this.#delivery && !this.#stopped) this.#watchForClose();
    return this.#readiness.promise;
  }

  /** Whether the watch has stopped, for whatever reason. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /**
   * Registers the function, when the constructor was given none, and starts the watch. Nothing happens on a watch that
   * has been stopped.
   *
   * @throws {@link WatchInUseError} when the watch has a function.
   * @throws {@link InvalidArgumentError} when it is no function.
   */
  register(func: F): this {
    validateFunction('func', func);
    if (this.#delivery)
      throw new WatchInUseError(`the watch of ${this.path} has a function already`, { path: this.path });
    const delivery = new Delivery<Observation<S>>({
      isSame: (delivered, next) => this.#isSame(delivered, next),
      // A client's close is told a little later than it takes effect.
      mayCall: () => this.#client.state !== 'closed',
      call: (next, delivered) => this.#call(func, next, delivered),
      settled: (result) => {
        this.#readiness.resolve();
        if (result === false) this.#stop('returned-false');
      },
      threw: (error) => {
        this.#readiness.reject(error);
        this.#report(error);
      },
    });
    this.#delivery = delivery;
    if (this.#stopped) return this;
    if (this.#client.state === 'closed') {
      this.#clientClosed();
      return this;
    }
    this.#subscription = observe(this.#client, this.#kind, this.path, this.#subscriber(delivery));
    // What is known already may be what stops it.
    if (this.#stopped) this.#subscription.unsubscribe();
    return this;
  }

  /** Stops the watch: no call begins after this returns, and the client keeps nothing of it. Safe more than once. */
  stop(): void {
    this.#stop('stopped', () => new WatchStoppedError(`the watch of ${this.path} was stopped before its first call`));
  }

  /** The same as {@link NodeWatch.stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }

  /** Calls the user's function. @internal */
  protected abstract call(func: F, state: S, event: WatchedEvent | null): unknown;

  /** The event for a change from one state to another that both exist. @internal */
  protected abstract readonly changeEvent: WatchedEvent['type'];

  /** @internal */
  protected override reportListenerError(error: unknown): void {
    this.#log(error, `a listener of the watch of ${this.path} threw`);
  }

  #subscriber(delivery: Delivery<Observation<S>>): Subscriber<S> {
    return {
      waitsForNode: this.#traits.waitsForNode,
      read: (state, isByEvent, epoch) => {
        if (!state.stat && !this.#traits.waitsForNode) this.#noNode();
        else delivery.offer({ state, isByEvent, epoch });
      },
      failed: (error) => {
        this.#readiness.reject(error);
        this.#report(error);
      },
      sessionLost: () => {
        if (this.#traits.outlivesSession) return;
        this.#stop('session-lost', () => new SessionExpiredError(`the session was lost before the first call`));
      },
      ended: (reason, error) => {
        if (reason === 'client-closed') return this.#clientClosed();
        this.#report(error);
        this.#stop('error', () => error);
      },
    };
  }

  #isSame(delivered: Observation<S>, next: Observation<S>): boolean {
    const { stat } = next.state;
    const before = delivered.state.stat;
    if (!stat || !before) return stat === before;
    return delivered.epoch === next.epoch && this.#kind.mark(stat) === this.#kind.mark(before);
  }

  #call(func: F, { state, isByEvent }: Observation<S>, delivered: Observation<S> | undefined): unknown {
    const event = isByEvent && delivered ? this.#event(delivered.state.stat, state.stat) : null;
    return this.call(func, state, event);
  }

  /** What has happened between two calls, which may be more than the one event that the server tells. */
  #event(before: NodeState['stat'], now: NodeState['stat']): WatchedEvent {
    const type = now === null ? 'NodeDeleted' : before === null ? 'NodeCreated' : this.changeEvent;
    return { type, path: this.path };
  }

  #noNode(): void {
    this.#stop('no-node', () => new NoNodeError(`there is no znode ${this.path} to watch`, { path: this.path }));
  }

  #clientClosed(): void {
    this.#stop('client-closed', () => new ClientClosedError('the client was closed before the first call'));
  }

  /** Somebody waits for a watch that has no function yet: the client's end must not leave them waiting. */
  #watchForClose(): void {
    if (this.#client.state === 'closed') return this.#clientClosed();
    if (this.#onState) return;
    this.#onState = (state) => {
      if (state === 'closed') this.#clientClosed();
    };
    this.#client.on('state', this.#onState);
  }

  #letGoOfState(): void {
    if (this.#onState) this.#client.off('state', this.#onState);
    this.#onState = undefined;
  }

  /** @param whyNot what `ready` rejects with when there was no call yet */
  #stop(reason: StopReason, whyNot?: () => unknown): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#delivery?.end();
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#letGoOfSignal?.();
    this.#letGoOfState();
    if (whyNot && !this.#delivery?.hasBegun) this.#readiness.reject(whyNot());
    // Whoever has just made the watch gets the time to listen.
    queueMicrotask(() => this.emit('stop', reason));
  }

  #report(error: unknown): void {
    if (!this.emit('error', error)) this.#log(error, `the watch of ${this.path} failed and goes on`);
  }

  #log(error: unknown, message: string): void {
    guardLogger(this.#client.logger).error({ err: error, path: this.path }, message);
  }
}

/** Throws unless the client can carry a recipe. */
export function validateClient(client: unknown): void {
  const { getData, getChildren, exists, on, off } = (client ?? {}) as Partial<CoordinationClient>;
  for (const method of [getData, getChildren, exists, on, off]) {
    if (typeof method !== 'function')
      throw invalid('client', client, 'a CoordinationClient, such as a ZooKeeperClient');
  }
}
