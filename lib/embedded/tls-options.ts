import { createServer, type Server, type TlsOptions } from 'node:tls';
import { InvalidArgumentError } from '../core/errors.js';
import { isEmpty, unusableTls, validateCa, validateVersions } from '../core/tls-flaws.js';
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
  validateCa(ca);
  let server: Server;
  try {
    server = createServer({ ...options, requestCert, rejectUnauthorized, handshakeTimeout: NEVER });
  } catch (error) {
    throw unusableTls(error, options);
  }
  validateVersions(options);
  return server;
}
