import { inspect } from 'node:util';
import { InvalidArgumentError } from './errors.js';

/** Formats a value for an error message, in full when it is short. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

/** The error for an invalid argument. */
export function invalid(name: string, value: unknown, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`${name} must be ${expected}, but is ${quote(value)}`);
}

/** Throws unless the value is a finite number of at least `min`. */
export function validateMilliseconds(name: string, value: unknown, min: number): asserts value is number {
  if (typeof value !== 'number' || !(value >= min) || value > 2 ** 31 - 1) {
    throw invalid(name, value, `a number of milliseconds from ${min} to 2147483647`);
  }
}

/** Throws unless the value is a plain object or undefined, and each of its keys is known. */
export function validateOptions(name: string, value: unknown, known: readonly string[]): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(name, value, 'an object');
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw invalid(name, key, `made of ${known.join(', ')}`);
  }
}

/** Throws unless the value is a function. */
export function validateFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw invalid(name, value, 'a function');
}

/** Throws unless the value is an AbortSignal or undefined. */
export function validateSignal(name: string, value: unknown): asserts value is AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal)) throw invalid(name, value, 'an AbortSignal');
}

/** Throws unless the value is `true`, `false` or undefined. */
export function validateBoolean(name: string, value: unknown): asserts value is boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(name, value, 'true or false');
}
