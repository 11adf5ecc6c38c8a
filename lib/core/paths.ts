import { InvalidPathError } from './errors.js';
import { describe, quote } from './validation.js';

/** The characters that a ZooKeeper server refuses, emoji (as surrogates) among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the server refuses them
const REFUSED = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/** Matches in every path that starts with "/" and is not valid, and in "/": one search in place of several. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the server refuses them
const SUSPECT = /\/(?:\/|$|\.{1,2}(?:\/|$))|[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/**
 * Throws unless ZooKeeper could have a znode there.
 *
 * @throws {@link InvalidPathError} that names the path and what is wrong with it.
 */
export function validatePath(path: unknown): asserts path is string {
  const flaw = flawOf(path);
  if (flaw !== null) throw invalidPath(path, flaw);
}

/** The same for a sequential znode, whose path may end with a slash: its name is then the number alone. */
export function validateSequentialPath(path: unknown): asserts path is string {
  const flaw = flawOf(typeof path === 'string' ? `${path}0` : path);
  if (flaw !== null) throw invalidPath(path, flaw);
}

function invalidPath(path: unknown, reason: string): InvalidPathError {
  if (typeof path === 'string')
    return new InvalidPathError(`${quote(path)} is not a znode path: it ${reason}`, { path });
  return new InvalidPathError(`a znode path must be a string, but is ${describe(path)}`);
}

/** The reason why it cannot be a znode's path; `null` for a valid path. */
export function flawOf(path: unknown): string | null {
  if (typeof path !== 'string') return 'is not a string';
  if (path === '') return 'is empty';
  if (!path.startsWith('/')) return 'must start with "/"';
  if (!SUSPECT.test(path)) return null;
  if (path === '/') return null;
  if (path.endsWith('/')) return 'must not end with "/"';
  if (path.includes('//')) return 'has an empty name in it ("//")';
  if (path.includes('/.') && /\/\.{1,2}(\/|$)/.test(path)) return 'must not have "." or ".." in it';
  const refused = REFUSED.exec(path);
  if (refused) return `has a character that ZooKeeper refuses (at ${refused.index})`;
  return null;
}

/** The path of the znode above, or `null` for the root. */
export function parentOf(path: string): string | null {
  if (path === '/') return null;
  const slash = path.lastIndexOf('/');
  return slash === 0 ? '/' : path.slice(0, slash);
}

/** The path of a child. */
export function childOf(path: string, name: string): string {
  return path === '/' ? `/${name}` : `${path}/${name}`;
}
