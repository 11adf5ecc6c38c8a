import { type ErrorDetails, ZooKeeperError } from '../../core/errors.js';
import { nameErrors } from '../../core/zookeeper-error.js';

/** The codes of the errors that only a {@link ZooKeeperClient} throws. */
export const CLIENT_CODES = ['TLS_FAILED'] as const;

declare module '../../core/zookeeper-error.js' {
  interface ErrorCodes {
    /** The codes of the client. */
    zookeeper: (typeof CLIENT_CODES)[number];
  }
}

/** The reason for which there is no TLS connection. */
export interface TlsErrorDetails extends ErrorDetails {
  /** The advice. */
  hint: string;
}

/**
 * Client and server do not agree on TLS: one does not trust the other's certificate, or only one of them speaks TLS.
 * The `cause` is the error of `node:tls`, where there is one.
 */
export class TlsError extends ZooKeeperError {
  /** The advice, with which the message ends too. */
  readonly hint: string;

  /** Public, so that fakes of a client can make it. */
  constructor(message: string, details: TlsErrorDetails) {
    super('TLS_FAILED', message, details);
    this.hint = details.hint;
  }
}

nameErrors({ TlsError });
