import type { ServerName, WatchedEvent } from '../../core/coordination-client.js';
import type { WireRequest } from '../../protocol/requests.js';

/** One address of a server. */
interface ServerAddress extends ServerName {
  /** The IP address to connect to; default: the host. */
  readonly address?: string;
}

/** The credentials with which a connection takes a session over. */
export interface SessionCredentials {
  readonly id: bigint;
  readonly password: Buffer;
}

/** Credentials of the client, of one authentication scheme. */
export interface AuthInfo {
  /** `digest`, or another scheme that the servers have a provider for. */
  readonly scheme: string;
  /** In the syntax of the scheme; `user:password` for `digest`. */
  readonly auth: string;
}

/** The counters of all connections of a client. */
export interface ConnectionCounts {
  /** Connections that were tried. */
  attempted: number;
  /** Connections that became usable. */
  opened: number;
  /** Bytes of the protocol. */
  sent: number;
  received: number;
  /** Events of the servers' watches. */
  notifications: number;
}

/** The parameters of a new connection. */
export interface ConnectionOptions {
  readonly server: ServerAddress;
  /** The session timeout to ask for, in ms. */
  readonly sessionTimeout: number;
  /** The session to take over; `null` asks for a new one. */
  readonly session: SessionCredentials | null;
  /** A server that has not seen this transaction refuses the connection. */
  readonly lastZxid: bigint;
  readonly auth: readonly AuthInfo[];
  /** Every event is of this znode or one below it. Default: the root. */
  readonly chroot?: string;
  /** A reply of more bytes is skipped. Default: `WIRE.longestReply`. */
  readonly maxReplySize?: number;
  /** Whether a server without a quorum will do, which only reads. Default: no. */
  readonly mayOnlyRead?: boolean;
  /** Counts what happens on the connection. */
  readonly counts?: ConnectionCounts;
  /** The number of the first request. Default: 1. */
  readonly firstXid?: number;
}

/** The session that the server gave. */
export interface Handshake extends SessionCredentials {
  /** As negotiated, in ms. */
  readonly sessionTimeout: number;
  /** Whether the server has no quorum and only reads. Absent from servers that do not say. */
  readonly isReadOnly?: boolean;
}

/**
 * The reason why a connection ended by itself.
 *
 * - `expired`: the server does not know the session.
 * - `refused`: the server hung up instead of answering the handshake, as on a client that has seen later transactions.
 * - `auth-failed`: the server refused the credentials, demands some, or did not prove itself. The cause is an
 *   {@link AuthFailedError}.
 * - `tls-failed`: the two sides do not agree on TLS. The cause is a {@link TlsError}.
 * - `failed`: every other reason.
 */
export interface ConnectionEnd {
  readonly kind: 'expired' | 'refused' | 'auth-failed' | 'tls-failed' | 'failed';
  readonly cause: Error;
  /** Whether it was concluded from a hang-up, which may have other reasons. */
  readonly isAssumed?: boolean;
}

/**
 * The callbacks of a connection. All are called synchronously as bytes arrive: none before the connector has returned,
 * none after `closed` or `destroy()`.
 */
export interface ConnectionHandlers {
  /** The server has accepted the TCP connection. */
  reached(): void;
  /** The server has given the session, accepted every credential and answered a ping: it serves requests. */
  opened(handshake: Handshake): void;
  /**
   * The server has replied, with the last transaction that it knows. Called before the reply is passed on. A
   * notification does not count: it does not show that requests reach the server.
   */
  heard(zxid: bigint): void;
  /** Bytes have arrived, and the server is in the middle of a message. */
  receiving(): void;
  /** A watch fired. */
  event(event: WatchedEvent): void;
  /** The connection has ended by itself. Requests without a reply will get none. */
  closed(end: ConnectionEnd): void;
}

/** Stands for the error number of a reply above `maxReplySize`, which was skipped. Those of servers have 32 bits. */
export const REPLY_TOO_LARGE = 2 ** 31;

/**
 * Receives the reply to a request: the server's error number, or 0 and the value; or {@link REPLY_TOO_LARGE} and the
 * size of the reply in bytes.
 */
export type ReplyHandler<T> = (error: number, value: T | undefined, size?: number) => void;

/** One connection to one server, from its handshake to its first failure. The seam under the session. */
export interface Connection {
  /** Sends a request, once opened. Replies come in order, synchronously as they arrive. */
  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void;
  /** Asks the server for a sign of life. Allowed once the server was reached. */
  ping(): void;
  /** Sends further credentials; a refusal ends the connection. */
  addAuth(auth: AuthInfo): void;
  /** Throws the connection away, without a callback. Allowed at any time. */
  destroy(): void;
}

/** Opens a connection. */
export type Connector = (options: ConnectionOptions, handlers: ConnectionHandlers) => Connection;
