import { ServerCode } from '../protocol/server-code.js';

/** The codes of the core, for the check of the documented table. */
export const CORE_CODES = [
  'SYSTEM_ERROR',
  'RUNTIME_INCONSISTENCY',
  'DATA_INCONSISTENCY',
  'CONNECTION_LOSS',
  'MARSHALLING_ERROR',
  'UNIMPLEMENTED',
  'OPERATION_TIMEOUT',
  'BAD_ARGUMENTS',
  'UNKNOWN_SESSION',
  'NEW_CONFIG_NO_QUORUM',
  'RECONFIG_IN_PROGRESS',
  'API_ERROR',
  'NO_NODE',
  'NO_AUTH',
  'BAD_VERSION',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'NODE_EXISTS',
  'NOT_EMPTY',
  'SESSION_EXPIRED',
  'INVALID_CALLBACK',
  'INVALID_ACL',
  'AUTH_FAILED',
  'SESSION_MOVED',
  'NOT_READ_ONLY',
  'EPHEMERAL_ON_LOCAL_SESSION',
  'NO_WATCHER',
  'REQUEST_TIMEOUT',
  'RECONFIG_DISABLED',
  'SASL_REQUIRED',
  'QUOTA_EXCEEDED',
  'THROTTLED',
  'CLIENT_CLOSED',
  'CONNECT_TIMEOUT',
  'INVALID_PATH',
  'INVALID_ARGUMENT',
  'WATCH_IN_USE',
  'WATCH_STOPPED',
  'UNKNOWN',
] as const;

/** The error codes of each room. A room adds its own by declaration merging. */
export interface ErrorCodes {
  /** The codes of the client and of the contract. */
  core: (typeof CORE_CODES)[number];
}

/** The reason of an error, as a stable string. `UNKNOWN` is a code of the server that this library has no name for. */
export type ErrorCode = ErrorCodes[keyof ErrorCodes];

/** What an error knows besides its code and message. */
export interface ErrorDetails {
  /** The znode it is about. */
  path?: string;
  /** What led to it. */
  cause?: unknown;
  /** The number that the server answered with. */
  serverCode?: number;
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONNECTION_LOSS',
  'SESSION_EXPIRED',
  'SESSION_MOVED',
  'OPERATION_TIMEOUT',
  'REQUEST_TIMEOUT',
  'THROTTLED',
]);

/**
 * The base of every error that this library throws or rejects with.
 *
 * @example
 * ```ts
 * import { ZooKeeperClient, ZooKeeperError } from 'zk-recipes';
 *
 * const client = await new ZooKeeperClient('127.0.0.1:2181').connect();
 * try {
 *   await client.delete('/config');
 * } catch (error) {
 *   if (!(error instanceof ZooKeeperError) || error.code !== 'NOT_EMPTY') throw error;
 * }
 * ```
 */
export class ZooKeeperError extends Error {
  /** What went wrong, to branch on. */
  readonly code: ErrorCode;
  /** The znode that it is about, relative to the chroot. */
  readonly path?: string;
  /** The number that the server answered with, when it was a server that said no. */
  readonly serverCode?: number;
  /** Whether the same call may succeed later. For a write it does not say that the first one had no effect. */
  readonly retryable: boolean;

  /** For codes without a class of their own. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.serverCode !== undefined) this.serverCode = details.serverCode;
    this.retryable = RETRYABLE.has(code);
  }
}

/** There is no znode at the path, or, when creating, none at its parent. */
export class NoNodeError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_NODE', message, details);
  }
}

/** There is a znode at the path already. */
export class NodeExistsError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('NODE_EXISTS', message, details);
  }
}

/** The znode's version is not the one that the call named: somebody else has changed it. */
export class BadVersionError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('BAD_VERSION', message, details);
  }
}

/** The znode has children, so it cannot be deleted. */
export class NotEmptyError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('NOT_EMPTY', message, details);
  }
}

/** The znode's ACL does not allow this to this client. */
export class NoAuthError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_AUTH', message, details);
  }
}

/** An ACL in the call is empty, malformed, or names a scheme that the server does not have. */
export class InvalidAclError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_ACL', message, details);
  }
}

/** The parent is an ephemeral znode: those have no children. */
export class NoChildrenForEphemeralsError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_CHILDREN_FOR_EPHEMERALS', message, details);
  }
}

/**
 * The connection ended before the answer came, or none was there to send the request. For a write the outcome is
 * unknown unless the message says that nothing was sent: read before you write again.
 */
export class ConnectionLossError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('CONNECTION_LOSS', message, details);
  }
}

/** The session ended before the request was sent or answered. Its ephemeral znodes are gone. */
export class SessionExpiredError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('SESSION_EXPIRED', message, details);
  }
}

/** The server refused an authentication scheme or its credentials. */
export class AuthFailedError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('AUTH_FAILED', message, details);
  }
}

/** `close()` was called. */
export class ClientClosedError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('CLIENT_CLOSED', message, details);
  }
}

/** No server gave a session in the time that `connect()` had. The `cause` is what the last attempt failed of. */
export class ConnectTimeoutError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('CONNECT_TIMEOUT', message, details);
  }
}

/** A path that ZooKeeper has no znode for. Thrown before anything is sent. */
export class InvalidPathError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_PATH', message, details);
  }
}

/** An argument or option that makes no sense. Thrown before anything is sent. */
export class InvalidArgumentError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_ARGUMENT', message, details);
  }
}

/** The watch has a function already. */
export class WatchInUseError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('WATCH_IN_USE', message, details);
  }
}

/** The watch was stopped before its function had been called. */
export class WatchStoppedError extends ZooKeeperError {
  /** Also for fakes of a client: `code` goes with the class. */
  constructor(message: string, details?: ErrorDetails) {
    super('WATCH_STOPPED', message, details);
  }
}

type ErrorClass = new (message: string, details?: ErrorDetails) => ZooKeeperError;

const CLASSES: Partial<Record<ErrorCode, ErrorClass>> = {
  NO_NODE: NoNodeError,
  NODE_EXISTS: NodeExistsError,
  BAD_VERSION: BadVersionError,
  NOT_EMPTY: NotEmptyError,
  NO_AUTH: NoAuthError,
  INVALID_ACL: InvalidAclError,
  NO_CHILDREN_FOR_EPHEMERALS: NoChildrenForEphemeralsError,
  CONNECTION_LOSS: ConnectionLossError,
  SESSION_EXPIRED: SessionExpiredError,
  AUTH_FAILED: AuthFailedError,
  CLIENT_CLOSED: ClientClosedError,
  CONNECT_TIMEOUT: ConnectTimeoutError,
  INVALID_PATH: InvalidPathError,
  INVALID_ARGUMENT: InvalidArgumentError,
  WATCH_IN_USE: WatchInUseError,
  WATCH_STOPPED: WatchStoppedError,
};

/** What the server's answers mean to whoever reads the message. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  NO_NODE: 'there is no such znode (when creating: its parent, or the chroot, is missing)',
  NODE_EXISTS: 'the znode exists already',
  BAD_VERSION: 'the znode has another version: read it again',
  NOT_EMPTY: 'the znode has children: delete them first, or use deleteRecursive()',
  NO_AUTH: 'the ACL does not allow it: see addAuth() and getAcl()',
  INVALID_ACL: 'the server does not take this ACL',
  NO_CHILDREN_FOR_EPHEMERALS: 'an ephemeral znode cannot have children',
  SESSION_EXPIRED: 'the session has expired',
  QUOTA_EXCEEDED: 'the quota of the path is used up',
};

/** An error of the class that belongs to the code. */
export function makeError(code: ErrorCode, message: string, details?: ErrorDetails): ZooKeeperError {
  const Class = CLASSES[code];
  return Class ? new Class(message, details) : new ZooKeeperError(code, message, details);
}

const NAMED: Partial<Record<ErrorCode, number>> = ServerCode;

const NAME_OF_SERVER_CODE = new Map(Object.entries(NAMED).map(([name, number]) => [number, name as ErrorCode]));

/** The error for a server's answer; a number that nobody knows gives `UNKNOWN`. */
export function serverError(serverCode: number, operation: string, path: string): ZooKeeperError {
  const code = NAME_OF_SERVER_CODE.get(serverCode) ?? 'UNKNOWN';
  const hint = HINTS[code] ?? `the server answered with error ${serverCode}`;
  return makeError(code, `${operation} ${path}: ${code}: ${hint}`, { path, serverCode });
}

/** The code of an error, also of one that a foreign client made after our pattern. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Whether it makes sense to try again. */
export function isRetryable(error: unknown): boolean {
  return RETRYABLE.has(codeOf(error) as ErrorCode);
}
