import { randomBytes } from 'node:crypto';
import { DIGEST_URI, digestMd5, isEqualDigest, parseDirectives } from '../../protocol/digest-md5.js';

const REALM = 'zk-sasl-md5';
/** The length of the nonces of Java's server. */
const NONCE_BYTES = 30;
/** Java's server refuses longer tokens. */
const LONGEST_TOKEN = 4_096;

/** The next token of an exchange: a challenge, the proof that ends it with the user's name, or a refusal. */
export type SaslStep =
  | { readonly token: Buffer; readonly user: string | null; readonly refused: null }
  | { readonly token: null; readonly user: null; readonly refused: string };

/** The server's side of one exchange of DIGEST-MD5 (RFC 2831), as Java's server conducts it. */
export class DigestMd5Exchange {
  readonly #users: ReadonlyMap<string, string>;
  readonly #nonce = randomBytes(NONCE_BYTES).toString('base64');
  #expects: 'request' | 'response' | 'nothing' = 'request';

  /** @param users the passwords by the name of the user */
  constructor(users: ReadonlyMap<string, string>) {
    this.#users = users;
  }

  /** Answers the client's next token. Nothing follows a refusal or the proof. */
  next(token: Buffer): SaslStep {
    const expected = this.#expects;
    this.#expects = expected === 'request' ? 'response' : 'nothing';
    if (expected === 'nothing') return refuse('its exchange was over');
    if (token.length > LONGEST_TOKEN) {
      this.#expects = 'nothing';
      return refuse(`a token of ${token.length} bytes is too long`);
    }
    if (expected === 'response') return this.#verify(token.toString());
    const challenge = `realm="${REALM}",nonce="${this.#nonce}",charset=utf-8,algorithm=md5-sess`;
    return { token: Buffer.from(challenge), user: null, refused: null };
  }

  #verify(text: string): SaslStep {
    const directives = parseDirectives(text);
    if (!directives) return refuse('its response is malformed');
    const { username, cnonce, response, 'digest-uri': digestUri } = Object.fromEntries(directives);
    if (username === undefined || cnonce === undefined || response === undefined || digestUri === undefined) {
      return refuse('its response is incomplete');
    }
    const isOurs = directives.get('realm') === REALM && digestUri.toLowerCase() === DIGEST_URI;
    const isSupported = OPTIONAL.every(([name, value]) => (directives.get(name) ?? value) === value);
    if (!isOurs || !isSupported) return refuse('its response is for another server or another quality of protection');
    const password = this.#users.get(username);
    const authzid = directives.get('authzid');
    const input = {
      ...{ username, realm: REALM, password: password ?? '', nonce: this.#nonce, cnonce, digestUri },
      ...(authzid !== undefined && { authzid }),
    };
    const isProved = isEqualDigest(response, digestMd5(input, 'client'));
    const isFresh = isEqualDigest(directives.get('nonce') ?? '', this.#nonce);
    if (!isProved || !isFresh || password === undefined) return refuse('its user name or password is wrong');
    return { token: Buffer.from(`rspauth=${digestMd5(input, 'server')}`), user: username, refused: null };
  }
}

const OPTIONAL = [
  ['qop', 'auth'],
  ['charset', 'utf-8'],
] as const;

function refuse(refused: string): SaslStep {
  return { token: null, user: null, refused };
}
