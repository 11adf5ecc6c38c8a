import { X509Certificate } from 'node:crypto';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { InvalidArgumentError } from '../core/errors.js';
import { validateBoolean, validateOptions } from '../core/validation.js';

const NAMES = [
  'cert',
  'key',
  'pfx',
  'passphrase',
  'ca',
  'crl',
  'requestCert',
  'rejectUnauthorized',
  'minVersion',
  'maxVersion',
  'ciphers',
  'sigalgs',
  'ecdhCurve',
  'honorCipherOrder',
] as const satisfies readonly (keyof TlsOptions)[];

/**
 * The options of a server in `node:tls`. `cert` and `key`, or `pfx`, are the server's own certificate. `ca` are the
 * authorities of client certificates: with it `requestCert` and `rejectUnauthorized` are `true` unless they are given,
 * as with ZooKeeper's `ssl.clientAuth=need`; without it no client certificate is requested.
 */
export interface EmbeddedTlsOptions extends Pick<TlsOptions, (typeof NAMES)[number]> {}

/** No timer of node:tls ends a handshake: a frozen server must not. */
const NEVER = 2 ** 31 - 1;

/**
 * A server that does not listen: handshakes are handed to it.
 *
 * @throws {@link InvalidArgumentError} for options that node:tls cannot use. The error reveals no option's value.
 */
export function createTlsServer(options: EmbeddedTlsOptions): Server {
  validateOptions('tls', options, NAMES);
  const { cert, key, pfx, ca, requestCert = ca !== undefined, rejectUnauthorized = true } = options;
  validateBoolean('tls.requestCert', requestCert);
  validateBoolean('tls.rejectUnauthorized', rejectUnauthorized);
  // An empty file would start a server that fails every handshake.
  if (isEmpty(pfx) && (isEmpty(cert) || isEmpty(key))) {
    throw new InvalidArgumentError('tls must have the certificate of the server: cert and key, or pfx');
  }
  if (![ca ?? []].flat().every(isCertificate)) {
    throw new InvalidArgumentError('tls.ca must be certificates in PEM, not the names of files');
  }
  try {
    return createServer({ ...options, requestCert, rejectUnauthorized, handshakeTimeout: NEVER });
  } catch (error) {
    // Without the cause: the messages of node:tls about a value of the wrong type show the value.
    throw new InvalidArgumentError(`tls cannot be used: ${reasonOf(error)}`);
  }
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (value as { length?: number }).length === 0;
}

/** node:tls ignores what is no certificate. */
function isCertificate(value: string | Buffer): boolean {
  try {
    return new X509Certificate(value).raw.length > 0;
  } catch {
    return false;
  }
}

const HINTS = new Map([
  ['bad decrypt', 'the passphrase of key is missing or wrong'],
  ['mac verify failure', 'the passphrase of pfx is missing or wrong'],
  ['not enough data', 'pfx is not a PKCS #12 archive'],
  ['key values mismatch', 'key is not the key of cert'],
  ['no start line', 'cert is not a certificate in PEM, or key not a private key'],
  ['unsupported', 'key is not a private key in PEM'],
]);

/** The reason without any value of an option. */
function reasonOf(error: unknown): string {
  const { code, reason, message, library } = error as { [N in 'code' | 'reason' | 'message' | 'library']?: string };
  const isOfOpenSsl = library !== undefined || /^ERR_(OSSL|SSL|CRYPTO)/.test(code ?? '');
  if (!isOfOpenSsl && code?.startsWith('ERR_')) return `an option has the wrong type or value (${code})`;
  const text = reason ?? message?.replace(/^error:\w*:/i, '') ?? 'unknown';
  return HINTS.get(text) ?? text;
}
