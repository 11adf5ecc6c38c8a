import { type ErrorDetails, nameErrors, ZooKeeperError } from '../../lib/core/errors.js';

/** The codes of the errors that only pollers throw. */
export const POLLER_CODES = ['POLL_FAILED', 'UNSUPPORTED_URL'] as const;

declare module '../../lib/core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of pollers. */
    pollers: (typeof POLLER_CODES)[number];
  }
}

/** Facts about an error of a poller. */
export interface PollerErrorDetails extends ErrorDetails {
  /** The URL of the poller, or of the entry concerned, without the password. */
  url?: string | undefined;
}

/** A source could not be read: nothing was reported, and the next call reports it. The reason is the `cause`. */
export class PollerError extends ZooKeeperError {
  /** The URL of the poller, or of the entry concerned, without the password. */
  declare readonly url?: string;

  /** Public, so that pollers of your own can make it. */
  constructor(message: string, details: PollerErrorDetails = {}) {
    super('POLL_FAILED', message, { retryable: true, ...details });
    if (details.url !== undefined) this.url = details.url;
  }
}

/** There is no poller for the scheme of a URL: `registerPoller` adds one. */
export class UnsupportedUrlError extends ZooKeeperError {
  /** Public, so that pollers of your own can make it. */
  constructor(message: string, details?: ErrorDetails) {
    super('UNSUPPORTED_URL', message, details);
  }
}

nameErrors({ PollerError, UnsupportedUrlError });
