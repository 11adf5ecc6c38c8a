import { Xid } from '../../protocol/op-code.js';
import { ServerCode } from '../../protocol/server-code.js';

/** The server answers nothing but credentials of a scheme that it demands. */
export class AuthenticationDemandedError extends Error {
  override name = 'AuthenticationDemandedError';
}

/**
 * The reason for which a reply of any kind ends the connection as `auth-failed`; `undefined` for another reply. A
 * server that demands authentication grants a session, and then answers the first request or ping with an error.
 */
export function authenticationErrorOf(error: number, xid: number): Error | undefined {
  if (error === ServerCode.SASL_REQUIRED) {
    return new AuthenticationDemandedError(
      `the server demands authentication (error ${error}): pass credentials of a scheme that it accepts (enforce.auth.schemes)`,
    );
  }
  const isRefusal = error === ServerCode.AUTH_FAILED || (error !== 0 && xid === Xid.auth);
  return isRefusal ? new Error(`the server refused the credentials (error ${error})`) : undefined;
}
