import { isIP } from 'node:net';
// The default export: a bundler may name each use of a namespace, and a Node without one of them does not start.
import tls from 'node:tls';
import { InvalidArgumentError } from '../../core/errors.js';
import { isThenable } from '../../core/guarded-emitter.js';
import { reasonOf } from '../../core/reason.js';
import { isEmpty, unusableTls, validateCa, validateVersions } from '../../core/tls-flaws.js';
import { describe, invalidSecret, validateBoolean, validateFunction, validateOptions } from '../../core/validation.js';

/**
 * The options of TLS, by the names of `node:tls`. Certificates are verified, and host names too, unless
 * `rejectUnauthorized` is false. Without `ca`, the client trusts Node's CAs, those of NODE_EXTRA_CA_CERTS, and those of
 * the system from Node 22.15 on.
 */
export type TlsOptions = Pick<
  tls.ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'pfx'
  | 'passphrase'
  | 'servername'
  | 'checkServerIdentity'
  | 'rejectUnauthorized'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
  | 'sigalgs'
  | 'ecdhCurve'
  | 'crl'
>;

/** Every one of them, which the type holds. */
const NAMES = Object.keys({
  ca: true,
  cert: true,
  key: true,
  pfx: true,
  passphrase: true,
  servername: true,
  checkServerIdentity: true,
  rejectUnauthorized: true,
  minVersion: true,
  maxVersion: true,
  ciphers: true,
  sigalgs: true,
  ecdhCurve: true,
  crl: true,
} satisfies Record<keyof TlsOptions, true>);

/** `true` for the defaults. A function is asked at each connection, so that certificates can rotate. */
export type TlsOption = true | TlsOptions | (() => TlsOptions | Promise<TlsOptions>);

/** Gives the options of the next TLS connection. */
export class TlsSource {
  readonly #ask: (() => TlsOptions | Promise<TlsOptions>) | undefined;
  readonly #fixed: tls.ConnectionOptions;
  readonly #warn: (message: string) => void;
  #hasWarned = false;

  /**
   * @param warn called once when certificates are not verified
   * @throws InvalidArgumentError for options, a certificate, a key or a passphrase that are not valid
   */
  constructor(option: TlsOption, warn: (message: string) => void) {
    this.#warn = warn;
    this.#ask = typeof option === 'function' ? option : undefined;
    this.#fixed = typeof option === 'function' ? {} : this.#complete(option === true ? {} : option);
  }

  /** @throws any error of the user's function, and InvalidArgumentError for options that are not valid */
  async next(): Promise<tls.ConnectionOptions> {
    return this.#ask ? this.#complete(await this.#ask()) : this.#fixed;
  }

  #complete(options: TlsOptions): tls.ConnectionOptions {
    if (typeof options !== 'object' || options === null) {
      throw invalidSecret('tls', options, 'true, an object of options, or a function that returns them');
    }
    validateOptions('tls', options, NAMES);
    const { cert, key, servername, checkServerIdentity, rejectUnauthorized } = options;
    if ((cert === undefined) !== (key === undefined)) {
      throw new InvalidArgumentError('tls.cert and tls.key must be given together');
    }
    for (const name of ['cert', 'key', 'pfx'] as const) {
      if (options[name] === undefined || !isEmpty(options[name])) continue;
      throw new InvalidArgumentError(`tls.${name} must not be empty: no certificate would be presented`);
    }
    if (servername !== undefined && (typeof servername !== 'string' || isIP(servername) !== 0)) {
      throw invalidSecret('tls.servername', servername, 'a host name, not an IP address');
    }
    if (checkServerIdentity !== undefined) validateFunction('tls.checkServerIdentity', checkServerIdentity);
    validateBoolean('tls.rejectUnauthorized', rejectUnauthorized);
    // To node:tls a value that is undefined is not the same as none: it would crash for want of a check.
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const secureContext = contextOf(given);
    validateVersions(options);
    if (rejectUnauthorized === false && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#warn('tls.rejectUnauthorized is false: anybody on the way to a server can read and change everything');
    }
    return {
      ...given,
      secureContext,
      ...(checkServerIdentity && { checkServerIdentity: guarded(checkServerIdentity) }),
    };
  }
}

/**
 * A user's check that throws refuses the certificate: node:tls would let the error end the process. So does one that
 * returns neither an error nor nothing: node:tls takes a `false` for consent.
 */
function guarded(check: NonNullable<TlsOptions['checkServerIdentity']>): typeof check {
  return (host, certificate) => {
    try {
      const verdict: unknown = check(host, certificate) ?? undefined;
      if (verdict === undefined || verdict instanceof Error) return verdict;
      if (isThenable(verdict)) verdict.then(undefined, () => {});
      return new Error(`tls.checkServerIdentity must return an Error or undefined, but returned ${describe(verdict)}`);
    } catch (error) {
      return error instanceof Error ? error : new Error(reasonOf(error));
    }
  };
}

function contextOf(options: TlsOptions): tls.SecureContext {
  const { ca = trusted() } = options;
  validateCa(options.ca);
  try {
    return tls.createSecureContext(ca === undefined ? options : { ...options, ca });
  } catch (error) {
    throw unusableTls(error, options);
  }
}

let trustedCertificates: string[] | undefined;

/** Node's CAs and those of the system; `undefined` for those that Node takes by itself, before Node 22.15. */
function trusted(): string[] | undefined {
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default' | 'system') => string[] };
  if (!getCACertificates) return undefined;
  trustedCertificates ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return trustedCertificates;
}
