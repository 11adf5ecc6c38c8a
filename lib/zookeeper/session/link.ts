import type { Deadline } from '../../core/deadline.js';
import { SESSION } from '../../core/limits.js';
import type { WireRequest } from '../../protocol/requests.js';
import type { AuthInfo, Connection, ConnectionHandlers, Server } from '../connection/connection.js';
import { Heartbeat } from './heartbeat.js';

/** One attempt to connect, and the connection that comes of it. */
export class Link {
  readonly server: Server;
  /** Whether it opens without the last zxid, to learn whether that is what the servers refuse. */
  readonly isProbe: boolean;
  /** The zxid of the last reply. */
  zxid = 0n;
  /** Undefined until the connection is open. */
  heartbeat: Heartbeat | undefined;
  /** Undefined until the connector has returned. */
  connection: Connection | undefined;
  #armedAt = Number.POSITIVE_INFINITY;
  /** Of the request of the session's own that is not answered yet. */
  #deadline: Deadline | undefined;

  constructor(server: Server, isProbe: boolean) {
    this.server = server;
    this.isProbe = isProbe;
  }

  /** Whether it served for long enough to count as a success. */
  get wasStable(): boolean {
    return performance.now() - this.#armedAt >= SESSION.stableAfter;
  }

  /** The session stands: from now on the server must be heard. */
  opened(sessionTimeout: number, silent: (reason: string) => void): void {
    this.heartbeat = new Heartbeat(sessionTimeout, { ping: () => this.connection?.ping(), silent });
  }

  /** Every watch is armed: requests may follow. */
  armed(): void {
    this.#armedAt = performance.now();
  }

  /** The server has replied, with the last transaction that it knows. */
  heard(zxid: bigint): void {
    this.heartbeat?.heard();
    this.zxid = zxid;
  }

  addAuth(auth: AuthInfo): void {
    if (this.heartbeat) this.connection?.addAuth(auth);
  }

  /**
   * Sends a request of the session's own, one at a time.
   *
   * @param deadline of the answer, if it has one of its own
   * @returns the server's error number, 0 for success. Never settles when the connection ends first.
   */
  request(wire: WireRequest<unknown>, deadline?: Deadline): Promise<number> {
    this.#deadline = deadline;
    this.heartbeat?.sent();
    return new Promise((resolve) =>
      this.connection?.request(wire, (error) => {
        deadline?.cancel();
        resolve(error);
      }),
    );
  }

  /** Throws the connection away. */
  destroy(): void {
    this.#deadline?.cancel();
    this.heartbeat?.stop();
    this.connection?.destroy();
  }
}

/** The handlers of a connection that may have been replaced: called only while `isCurrent` says so. */
export function heededWhile(isCurrent: () => boolean, handlers: ConnectionHandlers): ConnectionHandlers {
  return {
    opened: (handshake) => void (isCurrent() && handlers.opened(handshake)),
    heard: (zxid) => void (isCurrent() && handlers.heard(zxid)),
    receiving: () => void (isCurrent() && handlers.receiving()),
    event: (event) => void (isCurrent() && handlers.event(event)),
    closed: (end) => void (isCurrent() && handlers.closed(end)),
  };
}
