import { WIRE } from '../core/limits.js';
import { type Logger, validateLogger } from '../core/logger.js';
import { invalid, validateOptions } from '../core/validation.js';

/** The options of {@link fromNodeZooKeeperClient}. */
export interface AdapterOptions {
  /** Receives the reports of the adapter and of its watches. Default: warnings and errors go to the console. */
  logger?: Logger | undefined;
  /**
   * The largest request in bytes, as the servers' `jute.maxbuffer` lets through. A larger one is refused before it is
   * sent, because the server would close the connection. Default 1,048,575.
   */
  maxRequestSize?: number | undefined;
}

export function completeOptions(options: AdapterOptions | undefined): AdapterOptions & { maxRequestSize: number } {
  validateOptions('options', options, ['logger', 'maxRequestSize']);
  const { logger, maxRequestSize = WIRE.longestRequest } = options ?? {};
  if (logger !== undefined) validateLogger(logger);
  if (!Number.isInteger(maxRequestSize) || maxRequestSize < WIRE.smallestLimit) {
    throw invalid('maxRequestSize', maxRequestSize, `a whole number of bytes from ${WIRE.smallestLimit}`);
  }
  return { ...(logger && { logger }), maxRequestSize };
}
