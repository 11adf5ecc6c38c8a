import { guardLogger, type Logger } from '../core/logger.js';
import { invalid, validateMilliseconds, validateOptions } from '../core/validation.js';
import type { Files } from './journal/files.js';
import type { SnapshotThreshold } from './journal/journal.js';

/** How to start an {@link EmbeddedZooKeeper}. */
export interface EmbeddedZooKeeperOptions {
  /** The TCP port. Default 0: a free one, which the server keeps over a restart. */
  port?: number;
  /** The address to listen on. Default `127.0.0.1`. From elsewhere anybody could change everything: there is a warning then. */
  host?: string;
  /** What session timeouts are rounded up to, in ms. Default 100. */
  tickTime?: number;
  /** The shortest session timeout that is granted, in ms. Default two ticks. */
  minSessionTimeout?: number;
  /** The longest session timeout that is granted, in ms. Default 20 ticks, and a minute at least: a real server grants 20 ticks. */
  maxSessionTimeout?: number;
  /** How often empty containers and znodes that have outlived their time are looked for, in ms. Default 60,000, as the real one. */
  containerCheckInterval?: number;
  /** The folder that keeps the data over an end of the process. Default: none, and the data is gone then. */
  dataDir?: string;
  /** Where the server says what it does. Default: warnings and errors on the console. */
  logger?: Logger;
}

/** Under it specs have snapshots sooner, and put another file system under the data. */
export const JOURNAL = Symbol('journal');

/** With what only specs set. */
export interface InternalOptions extends EmbeddedZooKeeperOptions {
  [JOURNAL]?: { readonly snapshotEvery?: SnapshotThreshold; readonly files?: Files };
}

/** The options without gaps. */
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

const A_MINUTE = 60_000;

/**
 * Checks the options, and fills the gaps.
 *
 * @throws {@link InvalidArgumentError} that names the option and its value.
 */
export function toCompleteOptions(options: InternalOptions = {}): CompleteOptions {
  validateOptions('options', options, NAMES);
  const { port = 0, host = '127.0.0.1', tickTime = 100, containerCheckInterval = A_MINUTE, dataDir = null } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw invalid('port', port, 'a whole number up to 65535');
  if (typeof host !== 'string' || host === '') throw invalid('host', host, 'an address to listen on');
  if (dataDir !== null && (typeof dataDir !== 'string' || dataDir === '')) throw invalid('dataDir', dataDir, 'a path');
  validateMilliseconds('tickTime', tickTime, 1);
  validateMilliseconds('containerCheckInterval', containerCheckInterval, 1);
  const { minSessionTimeout = 2 * tickTime, maxSessionTimeout = Math.max(20 * tickTime, A_MINUTE) } = options;
  validateMilliseconds('minSessionTimeout', minSessionTimeout, 1);
  validateMilliseconds('maxSessionTimeout', maxSessionTimeout, minSessionTimeout);
  const logger = guardLogger(options.logger);
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
