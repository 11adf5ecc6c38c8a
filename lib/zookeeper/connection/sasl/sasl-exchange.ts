import { describe } from '../../../core/validation.js';
import type { SaslMechanism, SaslServer } from './sasl-mechanism.js';

/** The connection that an exchange runs over. */
export interface SaslHandlers {
  send(token: Uint8Array): void;
  /** The mechanism has succeeded. */
  passed(): void;
  /** The mechanism has thrown. */
  failed(reason: unknown): void;
}

/** The exchange of tokens of one connection. */
export class SaslExchange {
  readonly #mechanism: SaslMechanism;
  readonly #server: SaslServer;
  readonly #handlers: SaslHandlers;
  #tokens: ReturnType<SaslMechanism['exchange']> | undefined;
  #isOver = false;
  /** Whether the server has been sent more than empty tokens. */
  hasSpoken = false;

  constructor(mechanism: SaslMechanism, server: SaslServer, handlers: SaslHandlers) {
    this.#mechanism = mechanism;
    this.#server = server;
    this.#handlers = handlers;
  }

  /** The name of the mechanism. */
  get mechanism(): string {
    return this.#mechanism.mechanism;
  }

  /** Goes on with the server's answer. @param token `null` to begin, and for an answer without a token */
  async advance(token: Buffer | null): Promise<void> {
    try {
      this.#tokens ??= await this.#begin();
      if (this.#isOver) return;
      const { done, value } = await this.#tokens.next(token);
      if (this.#isOver) return;
      if (done) this.#handlers.passed();
      else if (value instanceof Uint8Array) this.#send(value);
      else throw new TypeError(`the mechanism ${this.mechanism} yielded no Buffer`);
    } catch (error) {
      if (!this.#isOver) this.#handlers.failed(error);
    }
  }

  /** Gives the exchange up: no handler is called any more, and the mechanism's `finally` runs. */
  destroy(): void {
    this.#isOver = true;
    void this.#letGo();
  }

  /** A mechanism without types may give anything. */
  async #begin(): Promise<ReturnType<SaslMechanism['exchange']>> {
    const tokens = await this.#mechanism.exchange(this.#server);
    if (typeof tokens?.next === 'function') return tokens;
    throw new TypeError(`exchange() returned ${describe(tokens)}, not an async generator`);
  }

  async #letGo(): Promise<void> {
    try {
      await this.#tokens?.return();
    } catch {
      // The connection is over, whatever the mechanism thinks of that.
    }
  }

  #send(token: Uint8Array): void {
    this.hasSpoken ||= token.length > 0;
    this.#handlers.send(token);
  }
}
