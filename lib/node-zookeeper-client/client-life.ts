import { withoutContext } from '../core/call-context.js';
import type { ClientState } from '../core/coordination-client.js';
import {
  AuthFailedError,
  ClientClosedError,
  ConnectionLossError,
  InvalidArgumentError,
  SessionExpiredError,
} from '../core/errors.js';
import { CLIENT } from '../core/limits.js';
import { backoff } from '../core/retry.js';
import { soon } from '../core/soon.js';
import { type AfterPoll, afterPoll, turns } from '../core/timers.js';
import { closeWrapped } from './close-wrapped.js';
import { ADAPTER } from './limits.js';
import { type NodeZooKeeperClient, Stage, WrappedClient } from './wrapped-client.js';

/** Receives what happens to the client object, inside the package's code: it must not throw, nor call user code. */
export interface LifeListener {
  /** @param cause of a failure */
  changed(state: ClientState, cause: Error | null): void;
  /** A quarter of the session timeout has passed. */
  ticked(): void;
  /** No client object could be made; another attempt follows. */
  makingFailed(error: unknown): void;
}

/**
 * The life of the adapter over one client object, or over those that a factory makes, one for each session. It also
 * does what the package leaves undone: it notices silent servers, and keeps the session alive under a flood of events.
 */
export class ClientLife {
  readonly #listener: LifeListener;
  #make: (() => unknown) | null = null;
  #wrapped: WrappedClient | undefined;
  #state: ClientState = 'latent';
  #timer: NodeJS.Timeout | undefined;
  #judgement: AfterPoll | undefined;
  #makings = 0;
  #closing = Promise.resolve();
  /** Ticks since the unanswered heartbeat, or since the socket of the attempt was first seen. */
  #silentTicks = 0;
  #isHeartbeatOut = false;
  #attempt: object | undefined;
  #remaking: NodeJS.Timeout | undefined;

  constructor(listener: LifeListener) {
    this.#listener = listener;
  }

  /**
   * Begins, once.
   *
   * @param source an object of node-zookeeper-client, or a function that makes one
   * @throws {@link InvalidArgumentError} when it is neither; whatever the function throws
   */
  start(source: unknown): void {
    this.#make = typeof source === 'function' ? () => source() : null;
    this.#adopt(this.#make ? this.#make() : source);
    this.#nextTick();
  }

  get state(): ClientState {
    return this.#state;
  }

  get wrapped(): WrappedClient | undefined {
    return this.#wrapped;
  }

  /** The client object, while it is connected. */
  get connected(): NodeZooKeeperClient | undefined {
    return this.#state === 'connected' && this.#wrapped?.isConnected ? this.#wrapped.client : undefined;
  }

  /** Leaves a client object that was handed in as it is, and closes one that the factory made. */
  close(): Promise<void> {
    const wrapped = this.#wrapped;
    if (this.#state !== 'closed') {
      this.#end(null);
      if (wrapped && this.#make) this.#closing = closeWrapped(wrapped);
    }
    return this.#closing;
  }

  #adopt(client: unknown): void {
    const wrapped = new WrappedClient(client, (stage) => this.#staged(stage));
    if (wrapped.isOver) {
      wrapped.release();
      throw new InvalidArgumentError(
        'client must be alive: its session has ended, and node-zookeeper-client has no other',
      );
    }
    this.#wrapped = wrapped;
    this.#forgetSilence();
    if (wrapped.stage === Stage.disconnected && this.#make) wrapped.client.connect();
    this.#become(this.#initialState(wrapped));
  }

  #initialState(wrapped: WrappedClient): ClientState {
    if (wrapped.isConnected) return 'connected';
    if (this.#state === 'lost') return 'lost';
    return wrapped.stage === Stage.connecting ? 'connecting' : 'latent';
  }

  #become(state: ClientState, cause: Error | null = null): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#listener.changed(state, cause);
  }

  #staged(stage: number): void {
    this.#forgetSilence();
    if (stage === Stage.connected || stage === Stage.connectedReadOnly) this.#become('connected');
    else if (stage === Stage.expired) this.#expired();
    else if (stage === Stage.authFailed) this.#ended(new AuthFailedError('the server refused the credentials'));
    else if (stage < 0) this.#ended(new ClientClosedError('close() of the client object was called'));
    else if (this.#state === 'connected')
      this.#become('suspended', new ConnectionLossError('the connection has ended'));
    else if (stage === Stage.connecting && this.#state === 'latent') this.#become('connecting');
  }

  #expired(): void {
    const expired = new SessionExpiredError('the session has expired');
    if (!this.#make) return this.#ended(expired);
    this.#abandon();
    this.#become('lost', expired);
    // The factory is code of the user.
    soon(() => this.#remake());
  }

  #remake(): void {
    if (this.#state === 'closed') return;
    const before = this.#wrapped;
    try {
      const client = withoutContext(() => this.#make?.());
      // By the function.
      if (this.state === 'closed') return;
      if (client === before?.client) {
        throw new InvalidArgumentError('the function must return a new client, but returned the one that has expired');
      }
      this.#adopt(client);
      this.#makings = 0;
    } catch (error) {
      this.#makings += 1;
      this.#listener.makingFailed(error);
      clearTimeout(this.#remaking);
      this.#remaking = setTimeout(() => this.#remake(), backoff(this.#makings, CLIENT.retry));
    }
  }

  #ended(cause: Error): void {
    this.#become('lost', cause);
    this.#end(cause);
  }

  #end(cause: Error | null): void {
    this.#abandon();
    clearTimeout(this.#timer);
    this.#judgement?.cancel();
    clearTimeout(this.#remaking);
    this.#become('closed', cause);
  }

  /** The object of an expired session stays known, to recognise it. */
  #abandon(): void {
    const wrapped = this.#wrapped;
    wrapped?.release();
    // Its server closes the connection, if it still can.
    if (this.#make && wrapped?.stage === Stage.expired) turns.next(() => wrapped.cut());
  }

  #nextTick(): void {
    const timeout = this.#wrapped?.sessionTimeout ?? CLIENT.sessionTimeout;
    this.#timer = setTimeout(
      () => {
        // Judges after the poll phase, which reads the sockets.
        this.#judgement = afterPoll(() => {
          this.#nextTick();
          this.#tick();
        });
      },
      Math.max(1, timeout / ADAPTER.ticksPerTimeout),
    ).unref();
  }

  #tick(): void {
    const wrapped = this.#wrapped;
    if (wrapped?.isConnected) this.#heartbeat(wrapped);
    else if (wrapped?.stage === Stage.connecting) this.#watchAttempt(wrapped);
    else if (wrapped?.stage === Stage.disconnected && this.#state === 'suspended') this.#watchStandstill(wrapped);
    this.#listener.ticked();
  }

  /** The package sends no ping while notifications come in, and does not notice a server that is silent. */
  #heartbeat(wrapped: WrappedClient): void {
    if (this.#isHeartbeatOut) return this.#silent(() => wrapped.cut());
    this.#isHeartbeatOut = true;
    this.#silentTicks = 0;
    try {
      wrapped.client.exists('/', undefined, () => {
        if (wrapped === this.#wrapped) this.#isHeartbeatOut = false;
      });
    } catch {
      // Counts as unanswered.
    }
  }

  /** The package waits for ever for an answer to its handshake. */
  #watchAttempt(wrapped: WrappedClient): void {
    if (this.#attempt === wrapped.socket) return this.#silent(() => wrapped.cut());
    this.#attempt = wrapped.socket;
    this.#silentTicks = 0;
  }

  /** The package does not reconnect when a listener of the user has thrown. */
  #watchStandstill(wrapped: WrappedClient): void {
    this.#silent(() => wrapped.client.connect());
  }

  #silent(act: () => void): void {
    this.#silentTicks += 1;
    if (this.#silentTicks < ADAPTER.silentTicks) return;
    this.#silentTicks = 0;
    act();
  }

  #forgetSilence(): void {
    this.#silentTicks = 0;
    this.#isHeartbeatOut = false;
    this.#attempt = undefined;
  }
}
