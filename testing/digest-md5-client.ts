import { DIGEST_URI, digestMd5, NONCE_COUNT, parseDirectives, quoted } from '../lib/protocol/digest-md5.js';

export interface DigestClient {
  readonly username: string;
  readonly password: string;
  /** As the Java client sends it. */
  readonly authzid?: string;
  /** Directives to send in place of the right ones; `null` leaves one out. */
  readonly directives?: Readonly<Record<string, string | null>>;
}

export interface DigestAnswer {
  readonly token: Buffer;
  /** The proof that the server must send in return. */
  readonly rspauth: string;
}

/** A client's answer to a challenge of DIGEST-MD5. */
export function answerChallenge(challenge: Buffer | null, client: DigestClient): DigestAnswer {
  const { username, password, authzid, directives = {} } = client;
  const { realm = '', nonce = '' } = Object.fromEntries(parseDirectives(String(challenge)) ?? []);
  const values = { username, realm, nonce, cnonce: 'c2VjcmV0', digestUri: DIGEST_URI };
  const input = { ...values, password, ...(authzid !== undefined && { authzid }) };
  const sent: Readonly<Record<string, string | null>> = {
    charset: 'utf-8',
    username: quoted(username),
    realm: quoted(realm),
    nonce: quoted(nonce),
    nc: NONCE_COUNT,
    cnonce: quoted(values.cnonce),
    'digest-uri': quoted(DIGEST_URI),
    response: digestMd5(input, 'client'),
    qop: 'auth',
    authzid: authzid === undefined ? null : quoted(authzid),
    ...directives,
  };
  const text = Object.entries(sent).flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]));
  return { token: Buffer.from(text.join(',')), rspauth: `rspauth=${digestMd5(input, 'server')}` };
}
