import type { Logger } from '../../lib/core/logger.js';
import { checkPlain } from '../../testing/plain-details.js';
import { reportedToLogger } from './thrown-errors.js';

function take(details: object, message: string): void {
  checkPlain(details, message);
  reportedToLogger((details as { err?: unknown }).err);
}

/**
 * A client's logger that takes the errors of users' functions to their oracles, and drops everything else. An error
 * that is one of many of its kind comes at debug level.
 */
export const oracleLogger: Logger = { debug: take, info: checkPlain, warn: checkPlain, error: take };
