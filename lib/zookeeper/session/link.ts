import type { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import type { WireRequest } from '../../protocol/requests.js';
import type { AuthInfo, Connection, ConnectionHandlers, ReplyHandler } from '../connection/connection.js';
import type { Target } from './address-book.js';
import { Heartbeat } from './heartbeat.js';

/** One attempt to connect, and the connection that comes of it. */
export class Link {
  readonly target: Target;
  /** Whether it opens without the last zxid, to learn whether that is what the servers refuse. */
  readonly isProbe: boolean;
  /** Whether it asks for a session of its own to read in, at a server without a quorum. */
  readonly mayOnlyRead: boolean;
  /** Whether the server only reads. The session in the ensemble does not depend on this connection. */
  isReadOnly = false;
  /** Whether the server has a quorum after all: it is to be asked for the session in the ensemble. */
  isToBeAskedAgain = false;
  /** The zxid of the last reply. */
  zxid = 0n;
  /** Undefined until the connection is open. */
  heartbeat: Heartbeat | undefined;
  /** Whether the server has accepted the TCP connection. */
  isReached = false;
  /** How many credentials the connection opens with. */
  credentials = 0;
  /** Called when it has, and at each answer until the connection is open. */
  onProgress: ((step: 'reached' | 'heard') => void) | undefined;
  /** Infinity until it has ended. */
  endedAt = Number.POSITIVE_INFINITY;
  /** Whether the client has ended it, by a deadline. */
  isGivenUp = false;
  /** Undefined until the connector has returned. */
  connection: Connection | undefined;
  readonly #begunAt = performance.now();
  /** Until the heartbeat begins. */
  #pings: NodeJS.Timeout | undefined;
  #armedAt = Number.POSITIVE_INFINITY;
  /** Of the requests of the session's own that are not answered yet. */
  readonly #deadlines = new Set<Deadline>();

  constructor(target: Target, { isProbe = false, mayOnlyRead = false } = {}) {
    this.target = target;
    this.isProbe = isProbe;
    this.mayOnlyRead = mayOnlyRead;
  }

  /** `host:port`, with the address that the name stood for. */
  get server(): string {
    const { host, port, address } = this.target;
    return address === null || address === host ? `${host}:${port}` : `${host}:${port} (${address})`;
  }

  /** For how long it has served, in ms; 0 for an attempt that failed. */
  get openFor(): number {
    return Math.max(0, performance.now() - this.#armedAt);
  }

  /** Whether it served for long enough to count as a success. */
  get wasStable(): boolean {
    return performance.now() - this.#armedAt >= SESSION.stableAfter;
  }

  /**
   * The server has accepted the TCP connection, and was sent the handshake.
   *
   * @param takenOver the timeout of the session that is taken over, in ms
   */
  reached(takenOver: number | null): void {
    this.isReached = true;
    // A server that is slow to answer, or a busy event loop that is slow to hear it: the session goes on meanwhile.
    if (takenOver !== null) this.#pings = setInterval(() => this.connection?.ping(), takenOver * SESSION.pingAfter);
    this.onProgress?.('reached');
  }

  /** The session stands: from now on the server must be heard. */
  opened(sessionTimeout: number, silent: (reason: string) => void): void {
    clearInterval(this.#pings);
    const heartbeat = new Heartbeat(sessionTimeout, { ping: () => this.connection?.ping(), silent });
    this.heartbeat = heartbeat;
    if (performance.now() - this.#begunAt < sessionTimeout * SESSION.pingAfter) return;
    // The answer may be old, and a busy event loop may not run a timer before the session ends.
    this.connection?.ping();
    heartbeat.sent();
  }

  /** Every watch is armed: requests may follow. */
  armed(): void {
    this.#armedAt = performance.now();
  }

  /** The server has replied, with the last transaction that it knows. */
  heard(zxid: bigint): void {
    if (this.heartbeat) this.heartbeat.heard();
    else this.onProgress?.('heard');
    this.zxid = zxid;
  }

  addAuth(auth: AuthInfo): void {
    if (this.heartbeat) this.connection?.addAuth(auth);
  }

  /**
   * Sends a request of the session's own.
   *
   * @param deadline of the answer, if it has one of its own
   * @returns the server's error number, 0 for success. Never settles when the connection ends first.
   */
  request(wire: WireRequest<unknown>, deadline?: Deadline): Promise<number> {
    return new Promise((resolve) => this.#send(wire, deadline, resolve));
  }

  /** The same for a request whose value is needed. */
  ask<T>(wire: WireRequest<T>, deadline: Deadline): Promise<{ error: number; value: T | undefined }> {
    return new Promise((resolve) => this.#send(wire, deadline, (error, value) => resolve({ error, value })));
  }

  /** Throws the connection away. */
  destroy(): void {
    this.endedAt = Math.min(this.endedAt, performance.now());
    for (const deadline of this.#deadlines) deadline.cancel();
    clearInterval(this.#pings);
    this.heartbeat?.stop();
    this.connection?.destroy();
  }

  #send<T>(wire: WireRequest<T>, deadline: Deadline | undefined, onReply: ReplyHandler<T>): void {
    if (deadline) this.#deadlines.add(deadline);
    this.heartbeat?.sent();
    this.connection?.request<T>(wire, (error, value) => {
      deadline?.cancel();
      if (deadline) this.#deadlines.delete(deadline);
      onReply(error, value);
    });
  }
}

/** The handlers of a connection that may have been replaced: called only while `isCurrent` says so. */
export function heededWhile(isCurrent: () => boolean, handlers: ConnectionHandlers): ConnectionHandlers {
  return {
    reached: () => void (isCurrent() && handlers.reached()),
    opened: (handshake) => void (isCurrent() && handlers.opened(handshake)),
    heard: (zxid) => void (isCurrent() && handlers.heard(zxid)),
    receiving: () => void (isCurrent() && handlers.receiving()),
    event: (event) => void (isCurrent() && handlers.event(event)),
    closed: (end) => void (isCurrent() && handlers.closed(end)),
  };
}
