/**
 * The codes of errors, by the room that throws them. A room adds its own by declaration merging:
 *
 * `declare module '../core/zookeeper-error.js' { interface ErrorCodes { embedded: EmbeddedErrorCode } }`
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
  'INVALID_CHECKPOINT',
  'NOT_SUBSCRIBED',
  'UNKNOWN',
] as const;

/** Facts about an error besides its code and message. */
export interface ErrorDetails {
  /** The znode concerned. */
  path?: string | undefined;
  /** The error or reason that led to this one. */
  cause?: unknown;
  /** The number that the server answered with. */
  serverCode?: number | undefined;
  /** Whether the same call may succeed later. Default: decided by the code. */
  retryable?: boolean | undefined;
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
  declare readonly path?: string;
  /** The number of the server's answer, when a server refused the request. */
  declare readonly serverCode?: number;
  /** Whether the same call may succeed later. Does not say that a first write had no effect. */
  readonly retryable: boolean;

  /** For codes without a class of their own. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
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

/** Gives classes the names under which another copy of this package recognises them. */
export function nameErrors(classes: Readonly<Record<string, { readonly prototype: object }>>): void {
  // Names are literals, because minifiers rename the classes themselves.
  for (const [name, { prototype }] of Object.entries(classes)) {
    for (const key of ['name', CLASS_NAME]) Object.defineProperty(prototype, key, { value: name, writable: true });
  }
}

nameErrors({ ZooKeeperError });

/** Whether an error of the code may be gone at the next call. */
export function isRetryableCode(code: unknown): boolean {
  return RETRYABLE.has(code);
}
