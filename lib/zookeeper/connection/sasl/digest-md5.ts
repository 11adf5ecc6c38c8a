import { randomBytes } from 'node:crypto';
import { AuthFailedError } from '../../../core/errors.js';
import { isLoopback } from '../../../core/loopback.js';
import { describe } from '../../../core/validation.js';
import {
  DIGEST_URI,
  digestMd5,
  isEqualDigest,
  NONCE_COUNT,
  parseDirectives,
  quoted,
} from '../../../protocol/digest-md5.js';
import type { SaslMechanism } from './sasl-mechanism.js';

const MECHANISM = 'DIGEST-MD5';

/** The user's credentials. */
export interface DigestMd5Credentials {
  readonly username: string;
  readonly password: string | (() => string | Promise<string>);
}

/**
 * DIGEST-MD5 (RFC 2831), as ZooKeeper's `DigestLoginModule` speaks it: the password is never sent.
 *
 * @param warn called once before an exchange that can be overheard; undefined over TLS
 */
export function digestMd5Mechanism(
  { username, password }: DigestMd5Credentials,
  warn: ((message: string) => void) | undefined,
): SaslMechanism {
  let hasWarned = warn === undefined;
  return {
    mechanism: MECHANISM,
    async *exchange({ host, address = host }) {
      if (!hasWarned && !isLoopback(address)) {
        hasWarned = true;
        warn?.('SASL DIGEST-MD5 without TLS: who overhears the exchange can guess the password, and read the rest');
      }
      const challenge = yield Buffer.alloc(0);
      if (challenge === null) throw withoutSasl();
      const secret = typeof password === 'function' ? await password() : password;
      if (typeof secret !== 'string' || secret === '') {
        throw new Error(`sasl.password() must return a string that is not empty, but returned ${describe(secret)}`);
      }
      const { response, proof } = answer(challenge.toString('utf8'), username, secret);
      const proven = yield Buffer.from(response);
      const said = parseDirectives(proven?.toString('utf8') ?? '')?.get('rspauth') ?? '';
      if (!isEqualDigest(said, proof)) throw notProven('it did not prove that it knows the password');
    },
  };
}

/** The response to a challenge, and the proof that the server owes for it. */
function answer(challenge: string, username: string, password: string): { response: string; proof: string } {
  const directives = parseDirectives(challenge);
  const nonce = directives?.get('nonce');
  if (!nonce) throw notProven('it sent no challenge of DIGEST-MD5');
  const offered = (directives?.get('qop') ?? 'auth').split(',');
  if (!offered.some((each) => each.trim() === 'auth'))
    throw notProven('it demands a protection that ZooKeeper does not have');
  const realm = directives?.get('realm') ?? '';
  const cnonce = randomBytes(24).toString('base64');
  const input = { username, realm, password, nonce, cnonce, digestUri: DIGEST_URI };
  const response = [
    'charset=utf-8',
    `username=${quoted(username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `nc=${NONCE_COUNT}`,
    `cnonce=${quoted(cnonce)}`,
    `digest-uri=${quoted(DIGEST_URI)}`,
    'maxbuf=65536',
    `response=${digestMd5(input, 'client')}`,
    'qop=auth',
  ].join(',');
  return { response, proof: digestMd5(input, 'server') };
}

function withoutSasl(): AuthFailedError {
  const message =
    'the server has no SASL DIGEST-MD5: it needs a section `Server` in its JAAS configuration ' +
    '(java.security.auth.login.config), and must not be in FIPS mode (fips-mode=false, from ZooKeeper 3.9.6 on)';
  return new AuthFailedError(message, { reason: 'no-sasl', mechanism: MECHANISM });
}

function notProven(reason: string): AuthFailedError {
  return new AuthFailedError(`the server was not authenticated by SASL DIGEST-MD5: ${reason}`, {
    reason: 'server-not-proven',
    mechanism: MECHANISM,
  });
}
