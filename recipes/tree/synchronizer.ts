import type { ClientState, CoordinationClient } from '../../lib/core/coordination-client.js';
import { isRetryable } from '../../lib/core/errors.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { backoff } from '../../lib/core/retry.js';
import { soon } from '../../lib/core/soon.js';

/** Receives the end of a synchronization. */
export interface SynchronizerOwner {
  /** @param zxid up to which the server has everything; 0 when the client does not say it */
  synchronized(zxid: bigint): void;
  /** Synchronization is of no use. */
  failed(error: unknown): void;
  clientClosed(): void;
}

/**
 * Waits until the server of a client has everything that the ensemble has committed, over lost connections: before that
 * it could show a state from before the moment of a resumption.
 */
export class Synchronizer {
  readonly #client: CoordinationClient;
  readonly #path: string;
  readonly #owner: SynchronizerOwner;
  #failures = 0;
  #isWaiting = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  /** Starts at once. The owner is called later. */
  constructor(client: CoordinationClient, path: string, owner: SynchronizerOwner) {
    this.#client = client;
    this.#path = path;
    this.#owner = owner;
    client.on('state', this.#onState);
    soon(() => this.#onState(client.state));
  }

  /** Nothing follows. Idempotent. */
  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#client.off('state', this.#onState);
  }

  readonly #onState = (state: ClientState): void => {
    if (this.#isOver) return;
    if (state === 'connected') return this.#try();
    if (state !== 'closed') return;
    this.stop();
    this.#owner.clientClosed();
  };

  #try(): void {
    clearTimeout(this.#timer);
    if (this.#isWaiting || this.#isOver || this.#client.state !== 'connected') return;
    if (!this.#client.sync) return this.#synchronized();
    this.#isWaiting = true;
    this.#client.sync(this.#path).then(
      () => this.#synchronized(),
      (error: unknown) => this.#tryAgain(error),
    );
  }

  #synchronized(): void {
    if (this.#isOver) return;
    this.stop();
    this.#owner.synchronized(this.#client.lastZxid ?? 0n);
  }

  #tryAgain(error: unknown): void {
    this.#isWaiting = false;
    if (this.#isOver) return;
    if (!isRetryable(error)) {
      this.stop();
      return this.#owner.failed(error);
    }
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#try(), backoff(this.#failures, OBSERVING.retry));
  }
}
