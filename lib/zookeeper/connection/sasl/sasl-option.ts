import { InvalidArgumentError } from '../../../core/errors.js';
import { describe, invalidSecret, invalidWord, validateOptions } from '../../../core/validation.js';
import { digestMd5Mechanism } from './digest-md5.js';
import { gssapiMechanism, type KerberosModule } from './gssapi.js';
import type { SaslMechanism } from './sasl-mechanism.js';

/** The credentials of SASL DIGEST-MD5. */
export interface DigestMd5Option {
  /** A user name and a password. */
  mechanism: 'DIGEST-MD5';
  /** A user of the server's `DigestLoginModule`. */
  username: string;
  /** A function is asked at each connection. */
  password: string | (() => string | Promise<string>);
}

/** The use of a Kerberos ticket. */
export interface GssapiOption {
  /** Kerberos. */
  mechanism: 'GSSAPI';
  /** The npm module `kerberos`, 7 or later. */
  kerberos: KerberosModule;
  /** The first part of the servers' principals. Default `zookeeper`. */
  service?: string | undefined;
  /** The client's principal. Default: that of the credential cache. */
  principal?: string | undefined;
}

/** The option `sasl`. */
export type SaslOption = DigestMd5Option | GssapiOption | SaslMechanism;

const MECHANISMS = ['DIGEST-MD5', 'GSSAPI'];

/**
 * Checks the option.
 *
 * @param warn called once when the connection protects the mechanism too little; undefined over TLS
 * @throws InvalidArgumentError, which echoes no value
 */
export function toSaslMechanism(option: SaslOption, warn: ((message: string) => void) | undefined): SaslMechanism {
  if (typeof option !== 'object' || option === null) {
    throw invalidSecret('sasl', option, 'a { mechanism: "DIGEST-MD5", username, password }, or another mechanism');
  }
  if ('exchange' in option) return toCustom(option);
  switch (option.mechanism) {
    case 'DIGEST-MD5':
      return toDigestMd5(option, warn);
    case 'GSSAPI':
      return toGssapi(option);
    default:
      throw invalidWord('sasl.mechanism', (option as { mechanism?: unknown }).mechanism, MECHANISMS);
  }
}

function toCustom(option: SaslMechanism): SaslMechanism {
  const { mechanism, exchange } = option;
  if (typeof mechanism !== 'string' || !/^[A-Z0-9_-]{1,20}$/.test(mechanism)) {
    throw invalidSecret('sasl.mechanism', mechanism, 'the name of a mechanism, in capital letters');
  }
  if (typeof exchange !== 'function') throw invalidSecret('sasl.exchange', exchange, 'a function');
  return option;
}

function toDigestMd5(option: DigestMd5Option, warn: ((message: string) => void) | undefined): SaslMechanism {
  validateOptions('sasl', option, ['mechanism', 'username', 'password']);
  const { username, password } = option;
  if (typeof username !== 'string' || username === '') {
    throw invalidSecret('sasl.username', username, 'the name of a user');
  }
  if (typeof password !== 'function' && (typeof password !== 'string' || password === '')) {
    throw invalidSecret('sasl.password', password, 'a string, or a function that returns one');
  }
  return digestMd5Mechanism({ username, password }, warn);
}

function toGssapi(option: GssapiOption): SaslMechanism {
  validateOptions('sasl', option, ['mechanism', 'kerberos', 'service', 'principal']);
  const { kerberos, service = 'zookeeper', principal } = option;
  if (typeof kerberos?.initializeClient !== 'function') {
    const message = `sasl.kerberos must be the npm module "kerberos", but is ${describe(kerberos)}: npm i kerberos`;
    throw new InvalidArgumentError(message);
  }
  if (typeof service !== 'string' || service === '') throw invalidSecret('sasl.service', service, 'a name');
  if (principal !== undefined && typeof principal !== 'string') {
    throw invalidSecret('sasl.principal', principal, 'a string');
  }
  return gssapiMechanism({ kerberos, service, principal });
}
