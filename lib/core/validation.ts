import { InvalidArgumentError } from './errors.js';
import { nodeModule } from './node-module.js';

/** Missing in a browser. */
const types = nodeModule('node:util')?.types;

/** Options with every value. */
export type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** Quotes a text that is no secret, such as a path, for an error message. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 100 ? `${quoted.slice(0, 97)}...` : quoted;
}

/**
 * Names a value by its type alone: it may be a secret in the wrong place. Runs no code of the value, whose getters,
 * traps and `toString` could reveal it or throw.
 */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'string') return value === '' ? 'an empty string' : `a string of length ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (types?.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (isUint8Array(value)) return 'a Buffer or Uint8Array';
  if (types?.isPromise(value)) return 'a Promise';
  return 'an object';
}

/** The error for an invalid argument that holds no secret where it is a number or a boolean. */
export function invalid(name: string, value: unknown, expected: string): InvalidArgumentError {
  const isHarmless = ['number', 'bigint', 'boolean'].includes(typeof value);
  const shown = isHarmless ? `${value}${typeof value === 'bigint' ? 'n' : ''}` : describe(value);
  return new InvalidArgumentError(`${name} must be ${expected}, but is ${shown}`);
}

/** The error for an invalid argument that may hold a secret of any type. */
export function invalidSecret(name: string, value: unknown, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`${name} must be ${expected}, but is ${describe(value)}`);
}

/** Quotes a misspelt word of a fixed list, and names any other text by its type: it may be a secret. */
export function quoteWord(value: unknown, words: readonly string[]): string {
  return nearestWord(value, words) === undefined ? describe(value) : quote(value as string);
}

/** The word of a fixed list that the value is a misspelling of. */
export function nearestWord(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value !== 'string' || value.length >= 30) return undefined;
  const distances = words.map((word) => distance(word.toLowerCase(), value.toLowerCase()));
  const least = Math.min(...distances);
  return least <= 2 ? words[distances.indexOf(least)] : undefined;
}

/** How many letters are to be inserted, deleted or replaced to turn one text into the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (other[column - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The error for a value that is no word of a fixed list. */
export function invalidWord(name: string, value: unknown, words: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError(`${name} must be one of ${words.join(', ')}, but is ${quoteWord(value, words)}`);
}

/** Throws unless the value is a finite number of at least `min`. */
export function validateMilliseconds(name: string, value: unknown, min: number): asserts value is number {
  if (typeof value !== 'number' || !(value >= min) || value > 2 ** 31 - 1) {
    throw invalid(name, value, `a number of milliseconds from ${min} to 2147483647`);
  }
}

/** Throws unless the value is a whole number of at least so much. */
export function validateCount(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw invalid(name, value, `a whole number from ${least}`);
}

/** Throws unless the value is a plain object or undefined, and each of its keys is known. */
export function validateOptions(name: string, value: unknown, known: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidSecret(name, value, 'an object');
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    // Only a name is shown: a text that was spread, or a secret taken for a key, is not.
    const shown = /^[a-z_$][\w$]{0,40}$/i.test(key) ? quote(key) : 'another key';
    throw new InvalidArgumentError(`${name} must be made of ${known.join(', ')}, but has ${shown}`);
  }
}

/** Throws unless the value is a function. */
export function validateFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidSecret(name, value, 'a function');
}

/** Throws unless the value is an AbortSignal or undefined. */
export function validateSignal(name: string, value: unknown): asserts value is AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) throw invalidSecret(name, value, 'an AbortSignal');
}

/** Throws unless the value is `true`, `false` or undefined. */
export function validateBoolean(name: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(name, value, 'true or false');
}

/** Whether it is a Uint8Array, in Node of any realm; runs no code of the value. */
export function isUint8Array(value: unknown): value is Uint8Array {
  return types ? types.isUint8Array(value) : value instanceof Uint8Array;
}
