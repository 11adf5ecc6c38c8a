import {
  AuthFailedError,
  BadVersionError,
  type ErrorCode,
  type ErrorDetails,
  InvalidAclError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  SessionExpiredError,
  ZooKeeperError,
} from '../core/errors.js';
import { missingParent } from '../core/missing-parent.js';
import { ServerCode } from './server-code.js';

/** The names of the errors that a server answers with. */
type ServerErrorCode = keyof typeof ServerCode;

declare module '../core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of a server's answers. */
    protocol: ServerErrorCode;
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
  AUTH_FAILED: AuthFailedError,
  SESSION_EXPIRED: SessionExpiredError,
};

/** Answers whose cause may be gone at the next request. The core decides for its own codes. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set<ServerErrorCode>([
  'SESSION_MOVED',
  'OPERATION_TIMEOUT',
  'REQUEST_TIMEOUT',
  'THROTTLED',
  'NOT_READ_ONLY',
  'RECONFIG_IN_PROGRESS',
  'NEW_CONFIG_NO_QUORUM',
]);

/** Explains each answer, or says how to avoid it. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  NO_NODE: 'there is no such znode: create it, or ask exists(), which resolves with null then',
  NODE_EXISTS: 'the znode exists already',
  BAD_VERSION: 'the znode has another version: read it again',
  NOT_EMPTY: 'the znode has children: delete them first, or use deleteRecursive()',
  NO_AUTH: 'the ACL does not allow it: see addAuth() and getAcl()',
  INVALID_ACL: 'the server does not accept this ACL',
  NO_CHILDREN_FOR_EPHEMERALS: 'an ephemeral znode cannot have children',
  SESSION_EXPIRED: 'the session has expired',
  QUOTA_EXCEEDED: 'the quota of the path is used up',
};

const NAMES = new Map<number, ServerErrorCode>(
  Object.entries(ServerCode).map(([name, number]) => [number, name as ServerErrorCode]),
);

/** The error for the number that a server answered with; a number without a name gives `UNKNOWN`. */
export function serverError(
  serverCode: number,
  operation: string,
  path: string,
  isOfTransaction = false,
): ZooKeeperError {
  const code = NAMES.get(serverCode) ?? 'UNKNOWN';
  const isCreation = code === 'NO_NODE' && operation.startsWith('create');
  const hint = isCreation
    ? missingParent(path, isOfTransaction)
    : (HINTS[code] ?? `the server answered with error ${serverCode}`);
  return serverErrorOf(code, `${operation} ${path}: ${code}: ${hint}`, { path, serverCode });
}

/** An error with the code of a server's answer, of the class that belongs to it. */
export function serverErrorOf(code: ErrorCode, message: string, details?: ErrorDetails): ZooKeeperError {
  const Class = CLASSES[code];
  const complete: ErrorDetails = RETRYABLE.has(code) ? { ...details, retryable: true } : { ...details };
  return Class ? new Class(message, complete) : new ZooKeeperError(code, message, complete);
}
