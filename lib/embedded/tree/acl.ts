import { createHash } from 'node:crypto';
import type { Acl } from '../../core/coordination-client.js';
import { OPEN_ACL } from '../../core/open-acl.js';
import { isX500Name } from '../authentication/x500-name.js';
import { EMBEDDED_LIMITS } from '../limits.js';

/** The permissions of an ACL, one bit each. */
export const Permission = { read: 1, write: 2, create: 4, delete: 8, admin: 16 } as const;

/** An identity that a connection has proved. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

/** Allows everyone to read, and no more. */
export const READ_ONLY_ACL: readonly Acl[] = Object.freeze([{ perms: 1, scheme: 'world', id: 'anyone' }]);

/** The identity for digest credentials ("user:password"): the user and a hash. */
export function digestIdentity(credentials: Buffer): Identity {
  const text = credentials.toString();
  const [user = ''] = text.split(':', 1);
  const hash = createHash('sha1').update(text).digest('base64');
  return { scheme: 'digest', id: `${user}:${hash}` };
}

/** Adds an identity that a connection has proved, unless it is known. */
export function addIdentity(identities: Identity[], { scheme, id }: Identity): void {
  if (!identities.some((known) => known.scheme === scheme && known.id === id)) identities.push({ scheme, id });
}

/** Whether the ACL gives the permission to one of the identities. */
export function isAllowed(acl: readonly Acl[], permission: number, identities: readonly Identity[]): boolean {
  if (acl.length === 0) return true;
  return acl.some(
    ({ perms, scheme, id }) =>
      (perms & permission) !== 0 &&
      ((scheme === 'world' && id === 'anyone') ||
        identities.some((identity) => identity.scheme === scheme && matches(scheme, identity.id, id))),
  );
}

function matches(scheme: string, id: string, expression: string): boolean {
  if (scheme === 'ip') return isInNetwork(id, expression);
  // ZooKeeper's SASL provider gives its super user what any SASL user has.
  return id === expression || (scheme === 'sasl' && id === 'super');
}

/**
 * The ACL to store: without duplicates, `auth` replaced by the connection's identities. `null` for an invalid ACL.
 *
 * @param schemes the server's schemes in addition to those of every ZooKeeper
 */
export function toStoredAcl(
  acl: readonly Acl[],
  identities: readonly Identity[],
  schemes: ReadonlySet<string> = NONE,
): readonly Acl[] | null {
  if (isOpen(acl)) return OPEN_ACL;
  const stored: Acl[] = [];
  for (const entry of withoutDuplicates(acl)) {
    if (entry.scheme === 'auth') {
      const own = identities.filter(({ scheme }) => scheme !== 'ip');
      if (own.length === 0) return null;
      for (const { scheme, id } of own) stored.push({ perms: entry.perms, scheme, id });
    } else {
      if (!isValidId(entry, schemes)) return null;
      stored.push(entry);
    }
  }
  return stored.length === 0 ? null : shared(stored);
}

function isOpen(acl: readonly Acl[]): boolean {
  const [first] = acl;
  return acl.length === 1 && first?.perms === 31 && first.scheme === 'world' && first.id === 'anyone';
}

function withoutDuplicates(acl: readonly Acl[]): Acl[] {
  const byKey = new Map(acl.map((entry) => [JSON.stringify([entry.perms, entry.scheme, entry.id]), entry]));
  return [...byKey.values()];
}

const NONE: ReadonlySet<string> = new Set();

function isValidId({ scheme, id }: Acl, schemes: ReadonlySet<string>): boolean {
  if (scheme === 'world') return id === 'anyone';
  if (scheme === 'digest') return /^[^:]*:[^:]+:*$/.test(id);
  if (scheme === 'ip') return toNetwork(id) !== null;
  if (!schemes.has(scheme)) return false;
  return scheme === 'x509' ? isX500Name(id) : isKerberosName(id);
}

/** ZooKeeper holds the names of all SASL users to the syntax of Kerberos. */
function isKerberosName(id: string): boolean {
  return !id.includes('@') || /^[^/@]*(?:\/[^/@]*)?@[^/@]*$/.test(id);
}

interface Network {
  readonly address: number;
  readonly bits: number;
}

/** As in ZooKeeper 3.8: IPv4 only, with the numbers that Java's `Integer.parseInt` accepts. */
function toNetwork(expression: string): Network | null {
  const [address = '', bits = '32', ...rest] = expression.split('/');
  const parts = address.split('.').map((part) => toNumber(part, 255));
  const length = toNumber(bits, 32);
  if (parts.length !== 4 || rest.length > 0 || length === null) return null;
  let sum = 0;
  for (const part of parts) {
    if (part === null) return null;
    sum = sum * 256 + part;
  }
  return { address: sum, bits: length };
}

function toNumber(text: string, largest: number): number | null {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= 0 && number <= largest ? number : null;
}

function isInNetwork(id: string, expression: string): boolean {
  const network = toNetwork(expression);
  const own = toNetwork(id);
  if (!network || !own) return false;
  const size = 2 ** (32 - network.bits);
  return Math.floor(network.address / size) === Math.floor(own.address / size);
}

/** The ACL for clients without the admin permission: password hashes are masked. */
export function withoutSecrets(acl: readonly Acl[]): Acl[] {
  return acl.map((entry) => (entry.scheme === 'digest' ? { ...entry, id: entry.id.replace(/:.*/g, ':x') } : entry));
}

const cache = new Map<string, readonly Acl[]>();

/** Returns one array for all equal ACLs: most znodes of a server have the same. */
export function shared(acl: readonly Acl[]): readonly Acl[] {
  if (isOpen(acl)) return OPEN_ACL;
  const key = JSON.stringify(acl);
  const present = cache.get(key);
  if (present) return present;
  if (cache.size >= EMBEDDED_LIMITS.cachedAcls) cache.clear();
  cache.set(key, acl);
  return acl;
}
