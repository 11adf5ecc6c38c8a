import type { Logger } from '../../lib/core/logger.js';
import { reportedToLogger } from './thrown-errors.js';

/** A client's logger that takes the errors of users' functions to their oracles, and drops everything else. */
export const oracleLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error: (details) => void reportedToLogger((details as { err?: unknown }).err),
};
