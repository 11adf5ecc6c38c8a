import type { Handshake, SessionCredentials } from '../connection/connection.js';

/**
 * The session as the servers hold it: its credentials, its timeout, and the clock that ends it without a connection.
 */
export class Tenure {
  /** Null while there is no session. */
  credentials: SessionCredentials | null = null;
  /** As negotiated, in ms; as asked for until then. */
  timeout: number;
  readonly #onExpired: () => void;
  #expiry: NodeJS.Timeout | undefined;
  /** By `performance.now()`; undefined while there is a connection. */
  #endsAt: number | undefined;

  /** @param onExpired called when no server can know the session any more */
  constructor(timeout: number, onExpired: () => void) {
    this.timeout = timeout;
    this.#onExpired = onExpired;
  }

  /** How long the session can still be taken over, in ms; null without a session. */
  get remaining(): number | null {
    if (!this.credentials) return null;
    return this.#endsAt === undefined ? this.timeout : Math.max(0, this.#endsAt - performance.now());
  }

  /** A server has given the session, or taken it over. */
  begin({ id, password, sessionTimeout }: Handshake): void {
    clearTimeout(this.#expiry);
    this.#endsAt = undefined;
    this.credentials = { id, password };
    this.timeout = sessionTimeout;
  }

  /** The connection has ended. @param lastHeard when the server was last heard, by `performance.now()` */
  interrupted(lastHeard: number): void {
    clearTimeout(this.#expiry);
    this.#endsAt = lastHeard + this.timeout;
    this.#expiry = setTimeout(this.#onExpired, Math.max(0, lastHeard + this.timeout - performance.now()));
  }

  /** The session is gone, or is given up. */
  end(): void {
    clearTimeout(this.#expiry);
    this.credentials = null;
  }
}
