import { guardLogger, type Logger, validateLogger } from '../core/logger.js';
import { warnOfShortDuration } from '../core/short-durations.js';
import { invalid, validateMilliseconds, validateOptions } from '../core/validation.js';
import type { Files } from './journal/files.js';
import type { SnapshotThreshold } from './journal/journal.js';
import { EMBEDDED_LIMITS as defaults } from './limits.js';

/** How to start an {@link EmbeddedZooKeeper}. */
export interface EmbeddedZooKeeperOptions {
  /** The TCP port. Default 0: a free port, which the server keeps over a restart. */
  port?: number;
  /**
   * The address to listen on. Default `127.0.0.1`. Any other than a loopback address logs a warning, because every host
   * that reaches it can change all data.
   */
  host?: string;
  /** The unit that session timeouts are rounded up to, in ms. Default 100. */
  tickTime?: number;
  /** The shortest session timeout that the server grants, in ms. Default two ticks. */
  minSessionTimeout?: number;
  /** The longest session timeout that the server grants, in ms. Default 20 ticks, but at least a minute. */
  maxSessionTimeout?: number;
  /** The interval between searches for empty containers and expired TTL znodes, in ms. Default 60,000. */
  containerCheckInterval?: number;
  /** The folder in which the data outlives the process. Default: none, and the data is lost with the process. */
  dataDir?: string;
  /** The receiver of the server's log. Default: warnings and errors on the console. */
  logger?: Logger;
}

/** The key of the options with which specs lower the snapshot threshold and replace the file system. */
export const JOURNAL = Symbol('journal');

/** The options, with those that only specs set. */
export interface InternalOptions extends EmbeddedZooKeeperOptions {
  [JOURNAL]?: { readonly snapshotEvery?: SnapshotThreshold; readonly files?: Files };
}

/** The options with defaults filled in. */
export type CompleteOptions = Required<Omit<InternalOptions, 'dataDir'>> & { readonly dataDir: string | null };

const NAMES: readonly (keyof EmbeddedZooKeeperOptions)[] = [
  'port',
  'host',
  'tickTime',
  'minSessionTimeout',
  'maxSessionTimeout',
  'containerCheckInterval',
  'dataDir',
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
  warnOfShortDuration(options, logger, 'maxSessionTimeout', maxSessionTimeout);
  return {
    port,
    host,
    tickTime,
    minSessionTimeout,
    maxSessionTimeout,
    containerCheckInterval,
    dataDir,
    logger,
    [JOURNAL]: options[JOURNAL] ?? {},
  };
}
