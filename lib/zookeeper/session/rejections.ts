import { ClientClosedError, ConnectionLossError } from '../../core/errors.js';

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
