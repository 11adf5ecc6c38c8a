import { CLIENT } from '../core/limits.js';
import { consoleLogger, type Logger } from '../core/logger.js';
import { type CompleteRetryPolicy, completeRetryPolicy, type RetryPolicy } from '../core/retry.js';
import { invalid, validateMilliseconds, validateOptions, validateSignal } from '../core/validation.js';
import type { AuthInfo, Connector } from './connection/connection.js';
import { connectNodeZooKeeper } from './connection/node-zookeeper-connection.js';
import { type NameResolver, systemNames } from './session/name-resolver.js';

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
  readonly resolver: NameResolver;
}

/** The key under which specs pass another connector than that of node-zookeeper-client. */
export const CONNECTOR = Symbol('connector');

/** The key under which specs pass another resolver than the system's. */
export const RESOLVER = Symbol('resolver');

interface InternalOptions extends ZooKeeperClientOptions {
  [CONNECTOR]?: Connector;
  [RESOLVER]?: NameResolver;
}

const NAMES = ['sessionTimeout', 'auth', 'retry', 'logger', 'signal'];
const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** Checks and completes the options. */
export function completeClientOptions(options: InternalOptions = {}): CompleteClientOptions {
  validateOptions('options', options, NAMES);
  const {
    sessionTimeout = CLIENT.sessionTimeout,
    auth = [],
    logger = consoleLogger,
    signal,
    [CONNECTOR]: connector = connectNodeZooKeeper,
    [RESOLVER]: resolver = systemNames,
  } = options;
  validateMilliseconds('sessionTimeout', sessionTimeout, 1);
  if (!Array.isArray(auth)) throw invalid('auth', auth, 'an array of { scheme, auth }');
  validateLogger(logger);
  validateSignal('signal', signal);
  return {
    sessionTimeout: Math.round(sessionTimeout),
    auth: auth.map((entry) => toAuthInfo(entry?.scheme, entry?.auth)),
    retry: completeRetryPolicy(options.retry),
    logger,
    signal,
    connector,
    resolver,
  };
}

/** Checks credentials, without the secret in the message. */
export function toAuthInfo(scheme: unknown, auth: unknown): AuthInfo {
  if (typeof scheme !== 'string' || scheme === '') throw invalid('auth scheme', scheme, 'a string');
  if (typeof auth !== 'string') throw invalid('auth', typeof auth, 'a string');
  return { scheme, auth };
}

function validateLogger(logger: unknown): void {
  for (const method of LOGGER_METHODS) {
    if (typeof (logger as Partial<Logger> | null)?.[method] !== 'function') {
      throw invalid('logger', logger, `an object with the functions ${LOGGER_METHODS.join(', ')}`);
    }
  }
}
