import { resolve } from 'node:path';
import type { Server } from 'node:tls';
import { InvalidArgumentError } from '../core/errors.js';
import { guardLogger, type Logger, validateLogger } from '../core/logger.js';
import { warnOfShortDuration } from '../core/short-durations.js';
import {
  type Complete,
  invalid,
  invalidSecret,
  validateBoolean,
  validateMilliseconds,
  validateOptions,
} from '../core/validation.js';
import type { ServerAuthentication } from './authentication/server-authentication.js';
import { type Behaviour, ZOOKEEPER_3_8 } from './behaviour.js';
import type { Files } from './journal/files.js';
import type { SnapshotThreshold } from './journal/snapshot-threshold.js';
import { EMBEDDED_LIMITS as defaults } from './limits.js';
import { createTlsServer, type EmbeddedTlsOptions } from './tls-options.js';

/** How clients authenticate by SASL with DIGEST-MD5. */
export interface EmbeddedSaslOptions {
  /** The passwords by the name of the user. A name has neither `@` nor `/`, which mark Kerberos principals. */
  users: Readonly<Record<string, string>>;
  /**
   * Whether every request is refused until the client has authenticated, as with ZooKeeper's
   * `sessionRequireClientSASLAuth=true`. Default `false`.
   */
  required?: boolean | undefined;
}

/** How to start an {@link EmbeddedZooKeeper}. */
export interface EmbeddedZooKeeperOptions {
  /** The TCP port. Default 0: a free port, which the server keeps over a restart. */
  port?: number | undefined;
  /**
   * The address to listen on. Default `127.0.0.1`. Any other than a loopback address logs a warning, because every host
   * that reaches it can change all data.
   */
  host?: string | undefined;
  /** The unit that session timeouts are rounded up to, in ms. Default 100. */
  tickTime?: number | undefined;
  /** The shortest session timeout that the server grants, in ms. Default two ticks. */
  minSessionTimeout?: number | undefined;
  /** The longest session timeout that the server grants, in ms. Default 20 ticks, but at least a minute. */
  maxSessionTimeout?: number | undefined;
  /** The interval between searches for empty containers and expired TTL znodes, in ms. Default 60,000. */
  containerCheckInterval?: number | undefined;
  /** The folder in which the data outlives the process. Default: none, and the data is lost with the process. */
  dataDir?: string | undefined;
  /**
   * Makes the port speak TLS, and no other protocol. The subject of a client certificate is an identity for ACLs of the
   * scheme `x509`. Default: no TLS.
   */
  tls?: EmbeddedTlsOptions | undefined;
  /** Lets clients authenticate by SASL, for ACLs of the scheme `sasl`. Default: no SASL. */
  sasl?: EmbeddedSaslOptions | undefined;
  /** The receiver of the server's log. Default: warnings and errors on the console. */
  logger?: Logger | undefined;
}

/** The key of the options with which specs lower the snapshot threshold and replace the file system. */
export const JOURNAL = Symbol('journal');

/** The key of the option with which specs make the server behave as one of another version or make. */
export const BEHAVIOUR = Symbol('behaviour');

/** The options, with those that only specs set. */
export interface InternalOptions extends EmbeddedZooKeeperOptions {
  [BEHAVIOUR]?: Behaviour;
  [JOURNAL]?: { readonly snapshotEvery?: SnapshotThreshold; readonly files?: Files };
}

/** The options with defaults filled in. */
export type CompleteOptions = Complete<Omit<InternalOptions, 'dataDir' | 'tls' | 'sasl'>> & {
  readonly dataDir: string | null;
  readonly tls: Server | null;
  readonly authentication: ServerAuthentication;
};

const NAMES: readonly (keyof EmbeddedZooKeeperOptions)[] = [
  'port',
  'host',
  'tickTime',
  'minSessionTimeout',
  'maxSessionTimeout',
  'containerCheckInterval',
  'dataDir',
  'tls',
  'sasl',
  'logger',
];

/**
 * Checks the options and fills in the defaults.
 *
 * @throws {@link InvalidArgumentError} that names the option and its value.
 */
export function toCompleteOptions(options: InternalOptions = {}): CompleteOptions {
  validateOptions('options', options, NAMES);
  const { port = 0, host = '127.0.0.1', dataDir = null } = options;
  const { tickTime = defaults.tickTime, containerCheckInterval = defaults.containerCheckInterval } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('port', port, 'a whole number up to 65535');
  if (typeof host !== 'string' || !/^[^\s@/?#]+$/.test(host)) throw invalid('host', host, 'an address to listen on');
  if (dataDir !== null && (typeof dataDir !== 'string' || dataDir === '')) throw invalid('dataDir', dataDir, 'a path');
  validateMilliseconds('tickTime', tickTime, 1);
  validateMilliseconds('containerCheckInterval', containerCheckInterval, 1);
  const {
    minSessionTimeout = defaults.minSessionTicks * tickTime,
    maxSessionTimeout = Math.max(defaults.maxSessionTicks * tickTime, defaults.leastMaxSessionTimeout),
  } = options;
  validateMilliseconds('minSessionTimeout', minSessionTimeout, 1);
  validateMilliseconds('maxSessionTimeout', maxSessionTimeout, minSessionTimeout);
  if (options.logger !== undefined) validateLogger(options.logger);
  const logger = guardLogger(options.logger);
  const users = options.sasl === undefined ? null : toUsers(options.sasl);
  const tls = options.tls === undefined ? null : createTlsServer(options.tls);
  warnOfShortDuration(options, logger, 'maxSessionTimeout', maxSessionTimeout);
  return {
    port,
    host,
    tickTime,
    minSessionTimeout,
    maxSessionTimeout,
    containerCheckInterval,
    // The process may change its working directory.
    dataDir: dataDir && resolve(dataDir),
    logger,
    tls,
    authentication: {
      users,
      isSaslRequired: options.sasl?.required ?? false,
      schemes: new Set([...(users ? ['sasl'] : []), ...(tls ? ['x509'] : [])]),
    },
    [JOURNAL]: options[JOURNAL] ?? {},
    [BEHAVIOUR]: options[BEHAVIOUR] ?? ZOOKEEPER_3_8,
  };
}

function toUsers(sasl: EmbeddedSaslOptions): ReadonlyMap<string, string> {
  validateOptions('sasl', sasl, ['users', 'required']);
  const { users, required } = sasl;
  validateBoolean('sasl.required', required);
  if (typeof users !== 'object' || users === null || Array.isArray(users)) {
    throw invalidSecret('sasl.users', users, 'an object of passwords by user name');
  }
  const entries = entriesOf(users);
  if (entries.length === 0) throw invalidSecret('sasl.users', users, 'an object with at least one user');
  for (const [name, password] of entries) {
    if (!/^[^@/]+$/.test(name)) throw invalidSecret('a name in sasl.users', name, 'a text without @ and /');
    if (typeof password !== 'string' || password === '') {
      throw invalidSecret('each password in sasl.users', password, 'a text that is not empty');
    }
  }
  return new Map(entries as [string, string][]);
}

/** A getter's error has its name in the stack: that of a user. */
function entriesOf(users: object): [string, unknown][] {
  try {
    return Object.entries(users);
  } catch {
    throw new InvalidArgumentError('sasl.users must be an object of passwords by user name, but cannot be read');
  }
}
