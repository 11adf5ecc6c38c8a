import { Deadline } from '../../core/deadline.js';
import type { Handshake, SessionCredentials } from '../connection/connection.js';

/**
 * The session as the servers hold it: its credentials, its timeout, and the deadline that ends it without a connection.
 * Only time in which the event loop could run counts: after a pause of the process, a server decides if one answers.
 */
export class Tenure {
  /** Null while there is no session. */
  credentials: SessionCredentials | null = null;
  /** As negotiated, in ms; as asked for until then. */
  timeout: number;
  readonly #onExpired: () => void;
  #expiry: Deadline | undefined;
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
    this.#expiry?.cancel();
    this.#endsAt = undefined;
    this.credentials = { id, password };
    this.timeout = sessionTimeout;
  }

  /** The connection has ended. @param lastHeard when the server was last heard, by `performance.now()` */
  interrupted(lastHeard: number): void {
    this.#expiry?.cancel();
    this.#endsAt = lastHeard + this.timeout;
    this.#expiry = new Deadline(this.#endsAt - performance.now(), this.#onExpired);
  }

  /** The session is gone, or is given up. */
  end(): void {
    this.#expiry?.cancel();
    this.credentials = null;
  }
}
