import { type ErrorCode, type ErrorDetails, isRetryableCode, nameErrors, ZooKeeperError } from './zookeeper-error.js';

export {
  CORE_CODES,
  type ErrorCode,
  type ErrorCodes,
  type ErrorDetails,
  nameErrors,
  ZooKeeperError,
} from './zookeeper-error.js';

/** There is no znode at the path, or, when creating, none at its parent. */
export class NoNodeError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_NODE', message, details);
  }
}

/** There is a znode at the path already. */
export class NodeExistsError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NODE_EXISTS', message, details);
  }
}

/** The znode's version is not the one that the call named: somebody else has changed it. */
export class BadVersionError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('BAD_VERSION', message, details);
  }
}

/** The znode has children, so it cannot be deleted. */
export class NotEmptyError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NOT_EMPTY', message, details);
  }
}

/** The znode's ACL does not allow this to this client. */
export class NoAuthError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_AUTH', message, details);
  }
}

/** An ACL in the call is empty, malformed, or names a scheme that the server does not have. */
export class InvalidAclError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_ACL', message, details);
  }
}

/** The parent is an ephemeral znode: those have no children. */
export class NoChildrenForEphemeralsError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NO_CHILDREN_FOR_EPHEMERALS', message, details);
  }
}

/**
 * The connection ended before the answer came, or none was there to send the request. For a write the outcome is
 * unknown unless the message says that nothing was sent: read before you write again.
 */
export class ConnectionLossError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('CONNECTION_LOSS', message, details);
  }
}

/** The session ended before the request was sent or answered. Its ephemeral znodes are gone. */
export class SessionExpiredError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('SESSION_EXPIRED', message, details);
  }
}

/**
 * Why a server does not serve a client.
 *
 * - `refused`: it refused the credentials.
 * - `required`: it demands credentials, or others than it was sent.
 * - `no-sasl`: it has no SASL, or not this mechanism.
 * - `server-not-proven`: it did not prove that it knows the secret; it may be somebody else's server.
 */
export type AuthFailureReason = 'refused' | 'required' | 'no-sasl' | 'server-not-proven';

/** Facts about a failed authentication. */
export interface AuthFailureDetails extends ErrorDetails {
  /** Default `refused`. */
  reason?: AuthFailureReason | undefined;
  /** The SASL mechanism, as `DIGEST-MD5`; absent for credentials of `auth`. */
  mechanism?: string | undefined;
}

/** A server refused the credentials, demands some, or did not prove itself. */
export class AuthFailedError extends ZooKeeperError {
  /** Why the server does not serve this client. */
  readonly reason: AuthFailureReason;
  /** The SASL mechanism, as `DIGEST-MD5`; absent for credentials of `auth`. */
  declare readonly mechanism?: string;

  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details: AuthFailureDetails = {}) {
    super('AUTH_FAILED', message, details);
    this.reason = details.reason ?? 'refused';
    if (details.mechanism !== undefined) this.mechanism = details.mechanism;
  }
}

/** `close()` was called. */
export class ClientClosedError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('CLIENT_CLOSED', message, details);
  }
}

/** No server gave a session in the time that `connect()` had. The `cause` is what the last attempt failed of. */
export class ConnectTimeoutError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('CONNECT_TIMEOUT', message, details);
  }
}

/** A path that ZooKeeper has no znode for. Thrown before anything is sent. */
export class InvalidPathError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_PATH', message, details);
  }
}

/** An argument or option that makes no sense. Thrown before anything is sent. */
export class InvalidArgumentError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_ARGUMENT', message, details);
  }
}

/**
 * The reply is larger than the client's option `maxReplySize`. It was skipped, and the connection goes on. For a write
 * this means that it was carried out.
 */
export class ReplyTooLargeError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('REPLY_TOO_LARGE', message, details);
  }
}

/** The watch has a function already. */
export class WatchInUseError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('WATCH_IN_USE', message, details);
  }
}

/** The watch was stopped before its function had been called. */
export class WatchStoppedError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('WATCH_STOPPED', message, details);
  }
}

/** The bytes are no checkpoint, or were damaged. */
export class InvalidCheckpointError extends ZooKeeperError {
  /** Public, so that fakes can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('INVALID_CHECKPOINT', message, details);
  }
}

/** The subscription has no such filter, or not as many of it. */
export class NotSubscribedError extends ZooKeeperError {
  /** Public, so that fakes can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('NOT_SUBSCRIBED', message, details);
  }
}

const CLASSES = {
  NoNodeError,
  NodeExistsError,
  BadVersionError,
  NotEmptyError,
  NoAuthError,
  InvalidAclError,
  NoChildrenForEphemeralsError,
  ConnectionLossError,
  SessionExpiredError,
  AuthFailedError,
  ClientClosedError,
  ConnectTimeoutError,
  InvalidPathError,
  InvalidArgumentError,
  ReplyTooLargeError,
  WatchInUseError,
  WatchStoppedError,
  InvalidCheckpointError,
  NotSubscribedError,
};

nameErrors(CLASSES);

type ErrorClass = new (message: string, details?: ErrorDetails) => ZooKeeperError;

const CLASS_OF_CODE = new Map<ErrorCode, ErrorClass>(
  Object.values<ErrorClass>(CLASSES).map((Class) => [new Class('').code, Class]),
);

/** An error of the class that belongs to the code. */
export function makeError(code: ErrorCode, message: string, details?: ErrorDetails): ZooKeeperError {
  const Class = CLASS_OF_CODE.get(code);
  return Class ? new Class(message, details) : new ZooKeeperError(code, message, details);
}

/** The code of an error; also of an error that a third-party client made after our pattern. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Whether the same call may succeed later. An error of a third-party client is judged by its code. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ZooKeeperError ? error.retryable : isRetryableCode(codeOf(error));
}
