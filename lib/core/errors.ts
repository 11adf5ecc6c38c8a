/**
 * The codes of errors, by the room that throws them. A room adds its own by declaration merging:
 *
 * `declare module '../core/errors.js' { interface ErrorCodes { embedded: EmbeddedErrorCode } }`
 */
export interface ErrorCodes {
  /** The codes that any client and any recipe may throw. */
  core: (typeof CORE_CODES)[number];
}

/** A stable string that says what went wrong. `UNKNOWN` is a code of the server that this library has no name for. */
export type ErrorCode = ErrorCodes[keyof ErrorCodes];

/** The codes of the core. */
export const CORE_CODES = [
  'NO_NODE',
  'NODE_EXISTS',
  'BAD_VERSION',
  'NOT_EMPTY',
  'NO_CHILDREN_FOR_EPHEMERALS',
  'NO_AUTH',
  'INVALID_ACL',
  'AUTH_FAILED',
  'CONNECTION_LOSS',
  'SESSION_EXPIRED',
  'CONNECT_TIMEOUT',
  'CLIENT_CLOSED',
  'INVALID_PATH',
  'INVALID_ARGUMENT',
  'REPLY_TOO_LARGE',
  'WATCH_IN_USE',
  'WATCH_STOPPED',
  'UNKNOWN',
] as const;

/** Facts about an error besides its code and message. */
export interface ErrorDetails {
  /** The znode concerned. */
  path?: string;
  /** The error or reason that led to this one. */
  cause?: unknown;
  /** The number that the server answered with. */
  serverCode?: number;
  /** Whether the same call may succeed later. Default: decided by the code. */
  retryable?: boolean;
}

/** Codes of the core whose cause may be gone at the next call. A room says so of its own codes by `retryable`. */
const RETRYABLE: ReadonlySet<unknown> = new Set<ErrorCodes['core']>([
  'CONNECTION_LOSS',
  'SESSION_EXPIRED',
  'CONNECT_TIMEOUT',
]);

/**
 * Carried by the prototype of each class, so that `instanceof` also recognises errors of another copy of the package.
 */
const CLASS_NAME = Symbol.for('zk-recipes:error-class');

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
  /** A stable string to branch on. */
  readonly code: ErrorCode;
  /** The znode concerned, relative to the chroot. */
  readonly path?: string;
  /** The number of the server's answer, when a server refused the request. */
  readonly serverCode?: number;
  /** Whether the same call may succeed later. Does not say that a first write had no effect. */
  readonly retryable: boolean;

  /** For codes without a class of their own. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
    if (details.serverCode !== undefined) this.serverCode = details.serverCode;
    this.retryable = details.retryable ?? RETRYABLE.has(code);
  }

  /** Also recognises an error that another copy of this package made. */
  static override [Symbol.hasInstance](this: { readonly prototype: object }, value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: each subclass is asked about itself
    const { prototype } = this;
    const name = Object.hasOwn(prototype, CLASS_NAME) ? (prototype as { [CLASS_NAME]?: unknown })[CLASS_NAME] : null;
    for (let each: unknown = value; typeof each === 'object' && each !== null; each = Object.getPrototypeOf(each)) {
      if (each === prototype) return true;
      if (name !== null && Object.hasOwn(each, CLASS_NAME) && Reflect.get(each, CLASS_NAME) === name) return true;
    }
    return false;
  }
}

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

/** The server refused an authentication scheme or its credentials. */
export class AuthFailedError extends ZooKeeperError {
  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('AUTH_FAILED', message, details);
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
};

// Names are literals, because minifiers rename the classes themselves.
for (const [name, { prototype }] of Object.entries({ ZooKeeperError, ...CLASSES })) {
  for (const key of ['name', CLASS_NAME]) Object.defineProperty(prototype, key, { value: name, writable: true });
}

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
  return error instanceof ZooKeeperError ? error.retryable : RETRYABLE.has(codeOf(error));
}
