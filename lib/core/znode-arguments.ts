import type { Acl, CreateMode, CreateOptions } from './coordination-client.js';
import { InvalidArgumentError } from './errors.js';
import { OPEN_ACL } from './open-acl.js';
import { validatePath, validateSequentialPath } from './paths.js';
import { invalid, invalidSecret, invalidWord, quote, validateBoolean, validateOptions } from './validation.js';

/** All create modes. */
export const CREATE_MODES: readonly CreateMode[] = [
  'persistent',
  'ephemeral',
  'persistent-sequential',
  'ephemeral-sequential',
  'container',
];

/** Versions are 32 bits on the wire and wrap: after the highest follows the lowest. */
export const LOWEST_VERSION = -(2 ** 31);
export const HIGHEST_VERSION = 2 ** 31 - 1;

/** A copy of the data, for later: the caller may change its own after the call. */
export function copyOfData(data: unknown): Buffer {
  const bytes = toData(data);
  return bytes === data ? Buffer.from(bytes) : bytes;
}

/** The bytes of the data. */
export function toData(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  if (Buffer.isBuffer(data)) return data;
  throw invalidSecret('data', data, 'a Buffer or a string');
}

/** Checks the version that a write asks for; -1 is any. Every version that a server can hand out is accepted. */
export function toVersion(version: unknown): number {
  const number = Number.isInteger(version) ? (version as number) : Number.NaN;
  if (number >= LOWEST_VERSION && number <= HIGHEST_VERSION) return number;
  throw invalid('version', version, 'a whole number of 32 bits, as in a stat, or -1 for whatever version');
}

/** Checks and copies an ACL. */
export function toAcl(acl: unknown): readonly Acl[] {
  if (!Array.isArray(acl) || acl.length === 0) throw invalidSecret('acl', acl, 'an array of at least one entry');
  return Array.from(acl, (entry: unknown, index) => {
    if (typeof entry !== 'object' || entry === null) {
      throw invalidSecret(`acl[${index}]`, entry, 'an object { perms, scheme, id }');
    }
    const { perms, scheme, id } = entry as Partial<Acl>;
    if (!Number.isInteger(perms) || (perms as number) < 0 || (perms as number) > 31) {
      throw invalid('acl perms', perms, 'a whole number from 0 to 31');
    }
    if (typeof scheme !== 'string' || scheme === '') throw invalidSecret('acl scheme', scheme, 'the name of a scheme');
    if (typeof id !== 'string') throw invalidSecret('acl id', id, 'a string');
    return { perms: perms as number, scheme, id };
  });
}

/** Options of create() with every value. */
export interface CompleteCreateOptions {
  readonly mode: CreateMode;
  readonly acl: readonly Acl[];
  readonly makePath: boolean;
  /** In ms. */
  readonly ttl: number | undefined;
}

/** ZooKeeper keeps it in 40 bits. */
const LONGEST_TTL = 2 ** 40 - 1;

/** Checks a path together with the options that it is created with. */
export function toCreation(path: unknown, options: CreateOptions | undefined): CompleteCreateOptions {
  validateOptions('options', options, ['mode', 'acl', 'makePath', 'ttl']);
  const { mode = 'persistent', acl = OPEN_ACL, makePath = false, ttl } = options ?? {};
  if (!CREATE_MODES.includes(mode)) throw invalidWord('mode', mode, CREATE_MODES);
  validateBoolean('makePath', makePath);
  if (ttl !== undefined) validateTtl(ttl, mode);
  if (mode.endsWith('sequential')) validateSequentialPath(path);
  else validatePath(path);
  return { mode, acl: toAcl(acl), makePath, ttl };
}

function validateTtl(ttl: unknown, mode: CreateMode): void {
  if (!Number.isInteger(ttl) || (ttl as number) < 1 || (ttl as number) > LONGEST_TTL) {
    throw invalid('ttl', ttl, `a whole number of milliseconds from 1 to ${LONGEST_TTL}`);
  }
  if (mode !== 'persistent' && mode !== 'persistent-sequential') {
    throw new InvalidArgumentError(`ttl must be left out for the mode ${mode}: only persistent znodes have one`);
  }
}

/**
 * The error for a request that would make a server close the connection.
 *
 * @param size of the request in bytes
 */
export function requestTooLarge(
  name: string,
  path: string,
  size: number,
  maxRequestSize: number,
): InvalidArgumentError {
  const limit = `above the ${maxRequestSize} of maxRequestSize, which must not exceed the servers' jute.maxbuffer`;
  return new InvalidArgumentError(`${name} ${quote(path)}: the request is ${size} bytes, ${limit}`, { path });
}
