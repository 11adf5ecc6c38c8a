import { reasonOf } from '../../core/reason.js';
import { TlsError } from './tls-error.js';

const SET_TLS = 'set the option `tls`';
const TRUST = 'pass the certificate of its CA in `tls.ca`';
const CLIENT_CERTIFICATE =
  'pass a client certificate that the server trusts in `tls.cert` and `tls.key`, or set ssl.clientAuth on the server';
const NOT_TLS =
  'the port answers in another protocol, as a plain port of ZooKeeper or HTTP does: connect to the TLS port';
const HUNG_UP =
  'a plain port of ZooKeeper does so, and a server that demands a client certificate: connect to the secureClientPort, ' +
  'and see the log of the server';

/** The advice, by the code or message of Node or OpenSSL. The first that fits counts. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED/, 'renew the certificate of the server, or correct the clock of this machine'],
  [/^CERT_NOT_YET_VALID/, 'correct the clock of this machine, or that of the CA'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID/, 'connect by a name that the certificate has, or set `tls.servername` to one'],
  [/SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA/, TRUST],
  [/^CERT_REVOKED/, 'give the server another certificate: its own was revoked'],
  [/ALERT_CERTIFICATE_EXPIRED/, 'renew the client certificate in `tls.cert`'],
  [/ALERT_HANDSHAKE_FAILURE/, `${CLIENT_CERTIFICATE}; or share a cipher with it: see \`tls.ciphers\``],
  [/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/, CLIENT_CERTIFICATE],
  [/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL/, 'client and server share no version of TLS: see `tls.minVersion`'],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|RECORD_TYPE|HTTP_REQUEST/, NOT_TLS],
];

/** The error of a TLS connection that could not be made, or that the server refused. @param error of node:tls */
export function tlsFailure(error: Error): TlsError {
  const { code } = error as { code?: unknown };
  const text = `${typeof code === 'string' ? code : ''} ${error.message}`.trim().toUpperCase().replaceAll(' ', '_');
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'see the cause, and the log of the server';
  return failed(shortReasonOf(error), hint, error);
}

/** Without the place in OpenSSL's source that it puts around its reason. */
function shortReasonOf(error: Error): string {
  const { reason } = error as { reason?: unknown };
  return 'library' in error && typeof reason === 'string' ? reason : reasonOf(error).trim();
}

/** The error for a server that closed the connection during the TLS handshake, which may have other reasons. */
export function hungUp(error: Error | undefined): TlsError {
  return failed('the server hung up in the TLS handshake', HUNG_UP, error);
}

/** The reason of a server that closed the connection between the TLS handshake and the answer to ZooKeeper's own. */
export function hungUpLate(error: Error | undefined): Error {
  const reason = error ? ` (${reasonOf(error)})` : '';
  const message = `the server hung up after the TLS handshake${reason}: with TLS 1.3 one refuses a client certificate so`;
  return new Error(message, error && { cause: error });
}

/** The error for options of TLS that were asked for, and could not be had. @param error of the user's function */
export function noTlsOptions(error: unknown): TlsError {
  const hint = 'it must return the options of TLS, with a certificate and its key that fit together';
  return failed(`the function in \`tls\` gave no options: ${reasonOf(error)}`, hint, error);
}

/** The error for a server that answers a plain client in TLS. */
export function tlsDemanded(): TlsError {
  return failed('the server speaks TLS at this port, and the client does not', SET_TLS, undefined);
}

/**
 * Whether an error of a stream comes from TLS itself, and not from the connection under it.
 *
 * @param isSecure whether the TLS handshake was over: until then every other error is one of certificates
 */
export function isOfTls(error: Error, isSecure: boolean): boolean {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (isSecure) return 'library' in error || /^ERR_(SSL|TLS)/.test(String(code));
  return errno === undefined && code !== 'ECONNRESET';
}

function failed(reason: string, hint: string, cause: unknown): TlsError {
  return new TlsError(`TLS: ${reason}; ${hint}`, { hint, ...(cause !== undefined && { cause }) });
}
