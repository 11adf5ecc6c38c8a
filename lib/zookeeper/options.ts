import { InvalidArgumentError } from '../core/errors.js';
import { CLIENT, WIRE } from '../core/limits.js';
import { consoleLogger, guardLogger, type Logger, validateLogger } from '../core/logger.js';
import { type CompleteRetryPolicy, completeRetryPolicy, type RetryPolicy } from '../core/retry.js';
import {
  invalid,
  invalidSecret,
  validateBoolean,
  validateMilliseconds,
  validateOptions,
  validateSignal,
} from '../core/validation.js';
import type { AuthInfo, Connector } from './connection/connection.js';
import { type SaslOption, toSaslMechanism } from './connection/sasl/sasl-option.js';
import { connectorOver } from './connection/socket.js';
import { type TlsOption, TlsSource } from './connection/tls-source.js';
import { type NameResolver, systemNames } from './session/name-resolver.js';

/** The options of a {@link ZooKeeperClient}. */
export interface ZooKeeperClientOptions {
  /** The session timeout to ask the servers for, in ms. They negotiate it within their own limits. Default 10,000. */
  sessionTimeout?: number | undefined;
  /** Credentials, sent over each connection before any request. */
  auth?: readonly AuthInfo[] | undefined;
  /**
   * Connects over TLS: `true` for Node's defaults and CAs, or options by the names of `node:tls`. A function is asked
   * at each connection, so that certificates can rotate. Certificates and host names are verified. Default: plain TCP.
   */
  tls?: TlsOption | undefined;
  /** Authenticates each connection by SASL, before anything else is sent. Default: none. */
  sasl?: SaslOption | undefined;
  /**
   * Whether a server may be read that has no quorum, when none with a quorum is found: the state is `read-only` then.
   * Such a server needs `readonlymode.enabled=true` and, from 3.7 on, `localSessionsEnabled=true`. Default `false`.
   */
  readOnly?: boolean | undefined;
  /** How reads are retried on connection loss. Writes never are. */
  retry?: RetryPolicy | undefined;
  /** Receives the client's reports. Default: warnings and errors on the console. */
  logger?: Logger | undefined;
  /** Closes the client when it aborts. */
  signal?: AbortSignal | undefined;
  /**
   * The bytes that a request may have as a whole, from 1,024. A larger one is rejected with
   * {@link InvalidArgumentError}, because a server closes the connection on a request above its `jute.maxbuffer`. Raise
   * it together with that of every server. Default 1,048,575, which the default of `jute.maxbuffer` lets through.
   */
  maxRequestSize?: number | undefined;
  /**
   * The bytes that a reply may have as a whole, from 1,024. A larger one is skipped as it arrives, and its request
   * rejected with {@link ReplyTooLargeError}. A list of children takes several times the bytes of its reply in memory.
   * Default 67,108,864 (64 MiB).
   */
  maxReplySize?: number | undefined;
}

/** Options with every value. */
export interface CompleteClientOptions {
  readonly sessionTimeout: number;
  readonly auth: readonly AuthInfo[];
  readonly retry: CompleteRetryPolicy;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  readonly maxRequestSize: number;
  readonly maxReplySize: number;
  readonly readOnly: boolean;
  readonly isSecure: boolean;
  readonly connector: Connector;
  readonly resolver: NameResolver;
}

/** The key under which specs pass another connector than that over TCP. */
export const CONNECTOR = Symbol('connector');

/** The key under which specs pass another resolver than the system's. */
export const RESOLVER = Symbol('resolver');

interface InternalOptions extends ZooKeeperClientOptions {
  [CONNECTOR]?: Connector;
  [RESOLVER]?: NameResolver;
}

const NAMES = [
  'sessionTimeout',
  'auth',
  'tls',
  'sasl',
  'readOnly',
  'retry',
  'logger',
  'signal',
  'maxRequestSize',
  'maxReplySize',
];

/** Checks and completes the options. */
export function completeClientOptions(options: InternalOptions = {}): CompleteClientOptions {
  validateOptions('options', options, NAMES);
  const {
    sessionTimeout = CLIENT.sessionTimeout,
    auth = [],
    logger = consoleLogger,
    signal,
    maxRequestSize = WIRE.longestRequest,
    maxReplySize = WIRE.longestReply,
    tls,
    sasl,
    readOnly = false,
    [RESOLVER]: resolver = systemNames,
  } = options;
  validateMilliseconds('sessionTimeout', sessionTimeout, 1);
  if (!Array.isArray(auth)) throw invalidSecret('auth', auth, 'an array of { scheme, auth }');
  validateBoolean('readOnly', readOnly);
  validateLogger(logger);
  validateSignal('signal', signal);
  validateSize('maxRequestSize', maxRequestSize);
  validateSize('maxReplySize', maxReplySize);
  const warn = (message: string): void => guardLogger(logger).warn({}, message);
  const transport = {
    tls: tls === undefined ? undefined : new TlsSource(tls, warn),
    sasl: sasl === undefined ? undefined : toSaslMechanism(sasl, tls === undefined ? warn : undefined),
  };
  return {
    sessionTimeout: Math.round(sessionTimeout),
    auth: Array.from(auth, (entry, index) => toAuthEntry(entry, index, maxRequestSize)),
    retry: completeRetryPolicy(options.retry),
    logger,
    signal,
    maxRequestSize,
    maxReplySize,
    readOnly,
    isSecure: tls !== undefined,
    connector: options[CONNECTOR] ?? connectorOver(transport),
    resolver,
  };
}

/** The bytes of a request that carries credentials, besides them. */
const AUTH_OVERHEAD = 20;

/** Checks credentials. */
export function toAuthInfo(scheme: unknown, auth: unknown, maxRequestSize: number): AuthInfo {
  // "digest:user:password" in one string, or the arguments swapped, must not go out as the name of a scheme.
  if (typeof scheme !== 'string' || !/^[\w.+-]+$/.test(scheme)) {
    throw invalidSecret('auth scheme', scheme, 'the name of a scheme, such as "digest"');
  }
  if (typeof auth !== 'string') throw invalidSecret('auth', auth, 'a string, such as "user:password"');
  const size = AUTH_OVERHEAD + Buffer.byteLength(scheme) + Buffer.byteLength(auth);
  if (size > maxRequestSize) {
    throw new InvalidArgumentError(`auth: the request is ${size} bytes, above the ${maxRequestSize} of maxRequestSize`);
  }
  return { scheme, auth };
}

function validateSize(name: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < WIRE.smallestLimit || (value as number) > WIRE.longestFrame) {
    throw invalid(name, value, `a whole number of bytes from ${WIRE.smallestLimit} to ${WIRE.longestFrame}`);
  }
}

function toAuthEntry(entry: unknown, index: number, maxRequestSize: number): AuthInfo {
  if (typeof entry !== 'object' || entry === null) throw invalidSecret(`auth[${index}]`, entry, 'a { scheme, auth }');
  const { scheme, auth } = entry as Partial<AuthInfo>;
  return toAuthInfo(scheme, auth, maxRequestSize);
}
