import type { TreeListener } from '../core/coordination-client.js';
import { InvalidArgumentError } from '../core/errors.js';
import { invalidSecret, quote, validateFunction } from '../core/validation.js';

/** The size of a request that arms a watch again, besides its one path, rounded up. */
export const REARMING_BYTES = 64;

/** Throws when the watch could not be armed again: a request that is too large would end each later connection. */
export function validateWatchedPath(absolute: string, maxRequestSize: number): void {
  const size = Buffer.byteLength(absolute) + REARMING_BYTES;
  if (size <= maxRequestSize) return;
  throw new InvalidArgumentError(`path ${quote(absolute)} must be short enough to be watched, but is ${size} bytes`);
}

/** Checks the listener of a tree watch. */
export function validateTreeListener(listener: unknown): asserts listener is TreeListener {
  if (typeof listener !== 'object' || listener === null) throw invalidSecret('listener', listener, 'a TreeListener');
  const methods = listener as Record<
    'changed' | 'armed' | 'interrupted' | 'unsupported' | 'known' | 'position',
    unknown
  >;
  for (const name of ['changed', 'armed', 'interrupted', 'unsupported', 'known'] as const) {
    validateFunction(`listener.${name}`, methods[name]);
  }
  if (typeof methods.position !== 'bigint') throw invalidSecret('listener.position', methods.position, 'a bigint');
}
