import { nameOfScheme } from '../../core/auth-schemes.js';
import { AuthFailedError, ClientClosedError, ConnectionLossError } from '../../core/errors.js';
import type { AuthInfo } from '../connection/connection.js';
import { TlsError } from '../connection/tls-error.js';

/** The error for a call after close(). @param path of a request */
export function clientClosed(operation: string, path?: string): ClientClosedError {
  const call = path === undefined ? operation : `${operation} ${path}`;
  return new ClientClosedError(`${call}: the client is closed`, path === undefined ? {} : { path });
}

/** The error for a request before connect(). @param cause the reason that the last attempt failed for */
export function notConnected(operation: string, path: string, cause: Error | undefined): ConnectionLossError {
  const message = `${operation} ${path}: the client is not connected, call connect() first; nothing was sent`;
  return new ConnectionLossError(message, { path, ...(cause && { cause }) });
}

/**
 * The error for an end of a connection as `auth-failed` or `tls-failed`.
 *
 * @param reason names the server; its cause is the error of the connection
 * @param sent the credentials that were sent to it
 */
export function refusedBy(reason: Error, sent: readonly AuthInfo[]): AuthFailedError | TlsError {
  const { cause } = reason;
  if (cause instanceof TlsError) return new TlsError(reason.message, { hint: cause.hint, cause: cause.cause });
  const failure = cause instanceof AuthFailedError ? cause : undefined;
  const isPlain = failure === undefined || (failure.reason === 'refused' && failure.mechanism === undefined);
  const schemes = sent.map(({ scheme }) => nameOfScheme(scheme)).join(', ');
  const message = isPlain ? `the server refused the credentials (${schemes})` : reason.message;
  return new AuthFailedError(message, {
    cause: reason,
    ...(failure && { reason: failure.reason }),
    ...(failure?.serverCode !== undefined && { serverCode: failure.serverCode }),
    ...(failure?.mechanism !== undefined && { mechanism: failure.mechanism }),
  });
}
