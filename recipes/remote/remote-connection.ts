import { isRetryable } from '../../lib/core/errors.js';
import { backoff, type CompleteRetryPolicy, RetryPauses } from '../../lib/core/retry.js';
import type { Transport } from '../events/index.js';
import { lost, UnreachableGateway } from './gateway-error.js';
import { REMOTE } from './limits.js';
import { onNetwork } from './network.js';
import { poll } from './poll.js';
import { type Address, hasSockets, type LinkOwner, type SocketEnd, SocketLink } from './socket-link.js';

/** The owner of a connection. */
export interface ConnectionOwner extends Pick<LinkOwner, 'toRequest' | 'receive'> {
  isUp(transport: Transport): void;
  /** The gateway cannot be reached, or was lost. It is tried again. */
  failed(error: Error): void;
  /** Nothing follows. */
  ended(error: Error): void;
}

/** How a gateway is reached. */
export interface ConnectionOptions extends Address {
  readonly retry: CompleteRetryPolicy;
  /** How long a poll may wait; 0: changes are never polled. */
  readonly pollFallback: number;
}

/** Keeps a subscription up to date: by a socket, and by polls while none can be had. */
export class RemoteConnection implements LinkOwner {
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  #isOver = false;
  /** In a row. */
  #failures = 0;
  #socketFailures = 0;
  /** When polls took the place of sockets. */
  #socketGivenUpAt = Number.NEGATIVE_INFINITY;
  #wasUp = false;
  /** Whether no gateway answered a poll since the last that succeeded: nothing is known then about sockets. */
  #isUnreachable = false;
  #socket: SocketLink | undefined;
  #polling: AbortController | undefined;
  readonly #pauses = new RetryPauses();
  #letGo: () => void = () => {};

  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** To be called once. */
  start(): void {
    this.#letGo = onNetwork((isThere) => (isThere ? this.#online() : this.#offline()));
    void this.#run();
  }

  /** The filters have changed. */
  restart(): void {
    this.#socket?.subscribe();
    this.#polling?.abort();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#letGo();
    this.#socket?.end();
    this.#polling?.abort();
    this.#pauses.endAll();
  }

  toRequest(isContinued?: boolean): ReturnType<LinkOwner['toRequest']> {
    return this.#owner.toRequest(isContinued);
  }

  receive(value: Record<string, unknown>): boolean {
    return this.#owner.receive(value);
  }

  isUp(transport: Transport): void {
    this.#wasUp = true;
    this.#failures = 0;
    if (transport === 'websocket') this.#socketFailures = 0;
    this.#owner.isUp(transport);
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const error = this.#isSocketDue ? await this.#useSocket() : await this.#poll();
      if (this.#isOver) return;
      if (error) await this.#failed(error);
    }
  }

  get #isSocketDue(): boolean {
    return hasSockets(this.#options) && performance.now() - this.#socketGivenUpAt >= REMOTE.socketAgainAfter;
  }

  /** Resolves with the error that ended the socket. */
  async #useSocket(): Promise<Error> {
    const { wasUp, error } = await new Promise<SocketEnd>((resolve) => {
      this.#socket = new SocketLink(this.#options, this, resolve);
    });
    this.#socket = undefined;
    if (wasUp) return error;
    this.#socketFailures += 1;
    const isRefused = this.#socketFailures >= REMOTE.socketFailures;
    if (!isRefused) return error;
    if (this.#options.pollFallback > 0) this.#socketGivenUpAt = performance.now();
    else if (!this.#wasUp) this.#end(error);
    return error;
  }

  async #poll(): Promise<Error | null> {
    const { pollFallback } = this.#options;
    if (pollFallback === 0) {
      this.#end(lost(this.#options.url, 'can be reached by no socket here, and pollFallback is 0'));
      return null;
    }
    const polling = new AbortController();
    this.#polling = polling;
    try {
      // The first one shows whether polls work: its answer must not wait for a change.
      await poll(this.#options, this, this.#failures > 0 ? 0 : pollFallback, polling.signal);
      // Sockets may have failed for the same reason: one more is tried at once.
      if (this.#isUnreachable) {
        this.#socketGivenUpAt = Number.NEGATIVE_INFINITY;
        this.#socketFailures = REMOTE.socketFailures - 1;
      }
      this.#isUnreachable = false;
      return null;
    } catch (error) {
      if (polling.signal.aborted) return null;
      if (error instanceof UnreachableGateway) this.#isUnreachable = true;
      return error as Error;
    } finally {
      this.#polling = undefined;
    }
  }

  async #failed(error: Error): Promise<void> {
    this.#failures += 1;
    if (!isRetryable(error) || this.#failures >= this.#options.retry.maxAttempts) return this.#end(error);
    this.#owner.failed(error);
    // From sockets to polls there is nothing to wait for.
    if (this.#socketFailures === REMOTE.socketFailures && !this.#isSocketDue) {
      this.#socketFailures += 1;
      return;
    }
    await this.#pauses.pause(backoff(this.#failures, this.#options.retry));
  }

  #end(error: Error): void {
    if (this.#isOver) return;
    this.close();
    this.#owner.ended(error);
  }

  #offline(): void {
    this.#socket?.end('cannot be reached: there is no network');
  }

  #online(): void {
    this.#socketGivenUpAt = Number.NEGATIVE_INFINITY;
    this.#socketFailures = 0;
    this.#pauses.endAll();
  }
}
