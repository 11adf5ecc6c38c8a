import { nameOfScheme } from '../../core/auth-schemes.js';
import { AuthFailedError, ClientClosedError, ConnectionLossError } from '../../core/errors.js';
import { AuthenticationDemandedError } from '../connection/authentication-errors.js';
import type { AuthInfo } from '../connection/connection.js';

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

/** The error for an end of a connection as `auth-failed`. @param reason names the server @param sent to it */
export function authFailed(reason: Error, sent: readonly AuthInfo[]): AuthFailedError {
  const schemes = sent.map(({ scheme }) => nameOfScheme(scheme)).join(', ');
  const isDemanded = reason.cause instanceof AuthenticationDemandedError;
  const message = isDemanded ? reason.message : `the server refused the credentials (${schemes})`;
  return new AuthFailedError(message, { cause: reason });
}
