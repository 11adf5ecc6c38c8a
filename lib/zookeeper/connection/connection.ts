import type { WatchedEvent } from '../../core/coordination-client.js';
import type { WireRequest } from '../../protocol/requests.js';

/** One server of the ensemble. */
export interface Server {
  readonly host: string;
  readonly port: number;
}

/** What a session is taken over with. */
export interface SessionCredentials {
  readonly id: bigint;
  readonly password: Buffer;
}

/** Credentials of the client, of one authentication scheme. */
export interface AuthInfo {
  /** `digest`, or what else the servers have a provider for. */
  readonly scheme: string;
  /** In the words of the scheme; `user:password` for `digest`. */
  readonly auth: string;
}

/** What a connection opens with. */
export interface ConnectionOptions {
  readonly server: Server;
  /** The session timeout to ask for, in ms. */
  readonly sessionTimeout: number;
  /** The session to take over; `null` asks for a new one. */
  readonly session: SessionCredentials | null;
  /** A server that has not seen this transaction refuses the connection. */
  readonly lastZxid: bigint;
  readonly auth: readonly AuthInfo[];
}

/** The session that the server gave. */
export interface Handshake extends SessionCredentials {
  /** As the server settled it, in ms. */
  readonly sessionTimeout: number;
}

/**
 * Why a connection ended by itself: `expired`: the server knows no such session; `refused`: the server hung up instead
 * of answering, as on a client that has seen later transactions than itself; `auth-failed`; `failed`: all else.
 */
export interface ConnectionEnd {
  readonly kind: 'expired' | 'refused' | 'auth-failed' | 'failed';
  readonly cause: Error;
}

/**
 * What a connection tells. All are called synchronously as the bytes come in: none before the connector has returned,
 * none after `closed` or `destroy()`.
 */
export interface ConnectionHandlers {
  /** The session stands, and the server has taken every credential. */
  opened(handshake: Handshake): void;
  /**
   * The server has answered something, with the last transaction that it knows, or is in the middle of an answer (0n).
   * Called before the answer itself is passed on. A notification does not count: it says nothing of what gets through
   * to the server.
   */
  heard(zxid: bigint): void;
  /** A watch fired. */
  event(event: WatchedEvent): void;
  /** It has ended by itself; what was not answered never will be. */
  closed(end: ConnectionEnd): void;
}

/** The answer to a request: the server's error number, or 0 and the value. */
export type ReplyHandler<T> = (error: number, value: T | undefined) => void;

/** ONE connection to one server, from its handshake to its first trouble. The seam under the session. */
export interface Connection {
  /** Sends a request, once opened. Requests are answered in order, synchronously as the reply comes in. */
  request<T>(wire: WireRequest<T>, onReply: ReplyHandler<T>): void;
  /** Makes the server say something. */
  ping(): void;
  /** Sends further credentials; a refusal ends the connection. */
  addAuth(auth: AuthInfo): void;
  /** Throws the connection away, silently. Safe at any time. */
  destroy(): void;
}

/** Opens a connection. */
export type Connector = (options: ConnectionOptions, handlers: ConnectionHandlers) => Connection;
