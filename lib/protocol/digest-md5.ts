import { createHash, timingSafeEqual } from 'node:crypto';

/** The digest-uri of every ZooKeeper server: its SASL protocol and its server name. */
export const DIGEST_URI = 'zookeeper/zk-sasl-md5';

/** The count of a client's first response to a nonce. No server of ZooKeeper takes a second one. */
export const NONCE_COUNT = '00000001';

/** The values that a digest of DIGEST-MD5 (RFC 2831) is made of. */
export interface DigestInput {
  readonly username: string;
  readonly realm: string;
  readonly password: string;
  /** The server's random value. */
  readonly nonce: string;
  /** The client's random value. */
  readonly cnonce: string;
  readonly digestUri: string;
  /** The identity to act as, where the client sends one: the Java client does. */
  readonly authzid?: string;
}

/**
 * The digest that proves the knowledge of the password, for the quality of protection `auth`.
 *
 * @param prover who proves it: a client in its `response`, a server in its `rspauth`
 */
export function digestMd5(input: DigestInput, prover: 'client' | 'server'): string {
  const { username, realm, password, nonce, cnonce, digestUri, authzid } = input;
  const colon = Buffer.from(':');
  const secret = md5(Buffer.concat([encode(username), colon, encode(realm), colon, encode(password)]));
  const values = [nonce, cnonce, ...(authzid === undefined ? [] : [authzid])];
  const a1 = md5(Buffer.concat([secret, Buffer.from(`:${values.join(':')}`)])).toString('hex');
  const a2 = md5(Buffer.from(`${prover === 'client' ? 'AUTHENTICATE' : ''}:${digestUri}`)).toString('hex');
  return md5(Buffer.from(`${a1}:${nonce}:${NONCE_COUNT}:${cnonce}:auth:${a2}`)).toString('hex');
}

/** Compares two digests in a time that does not depend on how much is equal. */
export function isEqualDigest(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/**
 * The directives of a challenge or response, as `realm="zk-sasl-md5",nonce="…",qop="auth"`. The first of two directives
 * of one name counts.
 *
 * @returns `null` for text that is no list of directives
 */
export function parseDirectives(text: string): ReadonlyMap<string, string> | null {
  const directives = new Map<string, string>();
  // No two parts that follow each other match the same spaces: of many, a server's challenge would take hours.
  const pattern = /\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^\s,"]+)\s*)?(?:,|$)\s*/suy;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return null;
    const [, name = '', quoted, plain = ''] = match;
    if (!directives.has(name)) directives.set(name, quoted === undefined ? plain : quoted.replaceAll(/\\(.)/gsu, '$1'));
  }
  return directives;
}

/** A value in quotes, as a directive has it. */
export function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/gu, '\\$&')}"`;
}

function md5(bytes: Buffer): Buffer {
  return createHash('md5').update(bytes).digest();
}

/** ISO 8859-1 where the text fits into it, as RFC 2831 asks for; UTF-8 otherwise. */
function encode(text: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ISO 8859-1
  return Buffer.from(text, /^[\u0000-\u00ff]*$/u.test(text) ? 'latin1' : 'utf8');
}
