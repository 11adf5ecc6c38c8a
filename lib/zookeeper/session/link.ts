import { SESSION } from '../../core/limits.js';
import type { WireRequest } from '../../protocol/requests.js';
import type { AuthInfo, Connection } from '../connection/connection.js';
import type { Target } from './address-book.js';
import { Heartbeat } from './heartbeat.js';

/** One attempt to connect, and the connection that comes of it. */
export class Link {
  readonly target: Target;
  /** Whether it opens without the last zxid, to learn whether that is what the servers refuse. */
  readonly isProbe: boolean;
  /** The zxid of the last reply. */
  zxid = 0n;
  /** Undefined until the connection is open. */
  heartbeat: Heartbeat | undefined;
  /** Whether the server has accepted the TCP connection. */
  isReached = false;
  /** Called when it has. */
  onReached: (() => void) | undefined;
  /** Whether the client has ended it, by a deadline. */
  isGivenUp = false;
  /** Undefined until the connector has returned. */
  connection: Connection | undefined;
  #openedAt = Number.POSITIVE_INFINITY;

  constructor(target: Target, isProbe: boolean) {
    this.target = target;
    this.isProbe = isProbe;
  }

  /** `host:port`, with the address that the name stood for. */
  get server(): string {
    const { host, port, address } = this.target;
    return address === null || address === host ? `${host}:${port}` : `${host}:${port} (${address})`;
  }

  /** Whether it was open for long enough to count as a success. */
  get wasStable(): boolean {
    return performance.now() - this.#openedAt >= SESSION.stableAfter;
  }

  reached(): void {
    this.isReached = true;
    this.onReached?.();
  }

  /** The session stands: from now on the server must be heard. */
  opened(sessionTimeout: number, silent: () => void): void {
    this.#openedAt = performance.now();
    this.heartbeat = new Heartbeat(sessionTimeout, { ping: () => this.connection?.ping(), silent });
  }

  addAuth(auth: AuthInfo): void {
    if (this.heartbeat) this.connection?.addAuth(auth);
  }

  /**
   * Sends a request of the session's own.
   *
   * @returns the server's error number, 0 for success. Never settles when the connection ends first.
   */
  request(wire: WireRequest<unknown>): Promise<number> {
    this.heartbeat?.sent();
    return new Promise((resolve) => this.connection?.request(wire, resolve));
  }

  /** The same for a request whose value is needed. */
  ask<T>(wire: WireRequest<T>): Promise<{ error: number; value: T | undefined }> {
    this.heartbeat?.sent();
    return new Promise((resolve) => this.connection?.request(wire, (error, value) => resolve({ error, value })));
  }

  /** Throws the connection away. */
  destroy(): void {
    this.heartbeat?.stop();
    this.connection?.destroy();
  }
}
