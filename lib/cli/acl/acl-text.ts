import type { Acl } from '../../../index.js';
import { describe } from '../../core/validation.js';
import { UsageError } from '../usage-error.js';

/** The letters of the permissions, in the order of zkCli. */
const LETTERS: readonly (readonly [string, number])[] = [
  ['c', 4],
  ['d', 8],
  ['r', 1],
  ['w', 2],
  ['a', 16],
];

/** Base64 of a SHA-1. */
const HASH = /^[\w+/]{27}=$/;

export const ACL_HELP = `  An acl is scheme:id:permissions, as zkCli has it: world:anyone:r, auth::cdrwa,
  digest:user:hash:cdrwa, sasl:alice:cdrwa, ip:10.0.0.0/8:r, x509:CN=alice:cdrwa.
  Permissions: c create, d delete, r read, w write, a admin. Several are separate
  arguments, or joined by commas. auth::cdrwa stands for the credentials of --auth,
  --sasl-user or --cert: a password is never an argument.`;

/** An entry as zkCli prints and takes it. */
export function aclText({ scheme, id, perms }: Acl): string {
  const letters = LETTERS.filter(([, bit]) => (perms & bit) !== 0).map(([letter]) => letter);
  return `${scheme}:${id}:${letters.join('')}`;
}

/** The entries of several arguments. An id may have commas and colons. */
export function toAcl(texts: readonly string[]): Acl[] {
  return texts.flatMap((text) => text.split(/(?<=:[cdrwa]*),(?=\w+:)/)).map(toEntry);
}

function toEntry(text: string): Acl {
  // The id may be a secret by mistake: it is never shown.
  const [, scheme, id, letters] = /^(\w+):(.*):([cdrwa]*)$/s.exec(text) ?? [];
  if (scheme === undefined || id === undefined || letters === undefined) {
    const shape = 'scheme:id:permissions, such as world:anyone:r or auth::cdrwa';
    throw new UsageError(`an acl must be ${shape}, but is ${describe(text)}`);
  }
  checkId(scheme, id);
  return { perms: LETTERS.reduce((sum, [letter, bit]) => sum + (letters.includes(letter) ? bit : 0), 0), scheme, id };
}

/** Servers take any id; nobody can ever match one that is not valid. */
function checkId(scheme: string, id: string): void {
  if (scheme === 'world' && id !== 'anyone') throw new UsageError('the id of the scheme world is anyone');
  if (scheme !== 'digest') return;
  const colon = id.indexOf(':');
  if (colon > 0 && HASH.test(id.slice(colon + 1))) return;
  throw new UsageError(
    'an acl of digest is digest:user:hash:permissions, with the base64 of the SHA-1 of user:password: ' +
      'give auth::permissions with --auth digest, and the server makes it',
  );
}
