import { AuthFailedError } from '../../core/errors.js';
import { Xid } from '../../protocol/op-code.js';
import { ServerCode } from '../../protocol/server-code.js';

/**
 * The reason for which a reply of any kind ends the connection as `auth-failed`; `undefined` for another reply. A
 * server that demands authentication grants a session, and then answers the first request or ping with an error.
 */
export function authenticationErrorOf(error: number, xid: number): AuthFailedError | undefined {
  if (error === ServerCode.SASL_REQUIRED) {
    const message =
      `the server demands authentication (error ${error}): pass credentials of a scheme that it accepts ` +
      '(enforce.auth.schemes), in the option `auth` or `sasl`';
    return new AuthFailedError(message, { reason: 'required', serverCode: error });
  }
  if (error !== ServerCode.AUTH_FAILED && (error === 0 || xid !== Xid.auth)) return undefined;
  return new AuthFailedError(`the server refused the credentials (error ${error})`, { serverCode: error });
}

/** The setting that lets a server in FIPS mode, as ZooKeeper is from 3.9.6 on, have DIGEST-MD5. */
const FIPS_HINT = 'or is in FIPS mode: set fips-mode=false on it, which DIGEST-MD5 needs from ZooKeeper 3.9.6 on';

/**
 * The reason for which the reply to a token of SASL ends the connection.
 *
 * @param error not 0
 * @param hasSpoken whether the server has been sent more than empty tokens: otherwise it cannot mean the credentials
 */
export function saslErrorOf(error: number, mechanism: string, hasSpoken = true): AuthFailedError {
  if (error === ServerCode.UNIMPLEMENTED) {
    const message = `the server has no SASL (error ${error}), and the client was told to use ${mechanism}`;
    return new AuthFailedError(message, { reason: 'no-sasl', mechanism, serverCode: error });
  }
  if (!hasSpoken) {
    const hint = mechanism === 'DIGEST-MD5' ? `, ${FIPS_HINT}` : '';
    const message = `the server has no SASL ${mechanism} (error ${error}): it has another mechanism${hint}`;
    return new AuthFailedError(message, { reason: 'no-sasl', mechanism, serverCode: error });
  }
  const message = `the server refused the credentials of SASL ${mechanism} (error ${error})`;
  return new AuthFailedError(message, { reason: 'refused', mechanism, serverCode: error });
}

/** The error for a server that closed the connection amid the exchange, as ZooKeeper 3.4 refuses credentials. */
export function saslHungUp(mechanism: string, cause: Error | undefined): AuthFailedError {
  const message = `the server hung up during SASL ${mechanism}, as ZooKeeper 3.4 refuses credentials`;
  return new AuthFailedError(message, { reason: 'refused', mechanism, ...(cause && { cause }) });
}
