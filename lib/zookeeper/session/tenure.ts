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

  /** @param onExpired called when no server can know the session any more */
  constructor(timeout: number, onExpired: () => void) {
    this.timeout = timeout;
    this.#onExpired = onExpired;
  }

  /** A server has given the session, or taken it over. */
  begin({ id, password, sessionTimeout }: Handshake): void {
    clearTimeout(this.#expiry);
    this.credentials = { id, password };
    this.timeout = sessionTimeout;
  }

  /** The connection has ended. @param lastHeard when the server was last heard, by `performance.now()` */
  interrupted(lastHeard: number): void {
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(this.#onExpired, Math.max(0, lastHeard + this.timeout - performance.now()));
  }

  /** The session is gone, or is given up. */
  end(): void {
    clearTimeout(this.#expiry);
    this.credentials = null;
  }
}
