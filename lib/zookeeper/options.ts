import { CLIENT } from '../core/limits.js';
import { consoleLogger, type Logger, validateLogger } from '../core/logger.js';
import { type CompleteRetryPolicy, completeRetryPolicy, type RetryPolicy } from '../core/retry.js';
import { invalidSecret, validateMilliseconds, validateOptions, validateSignal } from '../core/validation.js';
import type { AuthInfo, Connector } from './connection/connection.js';
import { connectNodeZooKeeper } from './connection/node-zookeeper-connection.js';

/** The options of a {@link ZooKeeperClient}. */
export interface ZooKeeperClientOptions {
  /** The session timeout to ask the servers for, in ms. They negotiate it within their own limits. Default 10,000. */
  sessionTimeout?: number;
  /** Credentials, sent over each connection before any request. */
  auth?: AuthInfo[];
  /** How reads are retried on connection loss. Writes never are. */
  retry?: RetryPolicy;
  /** Receives the client's reports. Default: warnings and errors on the console. */
  logger?: Logger;
  /** Closes the client when it aborts. */
  signal?: AbortSignal;
}

/** Options with every value. */
export interface CompleteClientOptions {
  readonly sessionTimeout: number;
  readonly auth: readonly AuthInfo[];
  readonly retry: CompleteRetryPolicy;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
  readonly connector: Connector;
}

/** The key under which specs pass another connector than that of node-zookeeper-client. */
export const CONNECTOR = Symbol('connector');

interface InternalOptions extends ZooKeeperClientOptions {
  [CONNECTOR]?: Connector;
}

const NAMES = ['sessionTimeout', 'auth', 'retry', 'logger', 'signal'];

/** Checks and completes the options. */
export function completeClientOptions(options: InternalOptions = {}): CompleteClientOptions {
  validateOptions('options', options, NAMES);
  const {
    sessionTimeout = CLIENT.sessionTimeout,
    auth = [],
    logger = consoleLogger,
    signal,
    [CONNECTOR]: connector = connectNodeZooKeeper,
  } = options;
  validateMilliseconds('sessionTimeout', sessionTimeout, 1);
  if (!Array.isArray(auth)) throw invalidSecret('auth', auth, 'an array of { scheme, auth }');
  validateLogger(logger);
  validateSignal('signal', signal);
  return {
    sessionTimeout: Math.round(sessionTimeout),
    auth: Array.from(auth, toAuthEntry),
    retry: completeRetryPolicy(options.retry),
    logger,
    signal,
    connector,
  };
}

/** Checks credentials. */
export function toAuthInfo(scheme: unknown, auth: unknown): AuthInfo {
  // "digest:user:password" in one string, or the arguments swapped, must not go out as the name of a scheme.
  if (typeof scheme !== 'string' || !/^[\w.+-]+$/.test(scheme)) {
    throw invalidSecret('auth scheme', scheme, 'the name of a scheme, such as "digest"');
  }
  if (typeof auth !== 'string') throw invalidSecret('auth', auth, 'a string, such as "user:password"');
  return { scheme, auth };
}

function toAuthEntry(entry: unknown, index: number): AuthInfo {
  if (typeof entry !== 'object' || entry === null) throw invalidSecret(`auth[${index}]`, entry, 'a { scheme, auth }');
  const { scheme, auth } = entry as Partial<AuthInfo>;
  return toAuthInfo(scheme, auth);
}
