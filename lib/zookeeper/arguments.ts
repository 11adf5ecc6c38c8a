import { InvalidArgumentError } from '../core/errors.js';
import { quote } from '../core/validation.js';

/** The size of a request that arms a watch again, besides its one path, rounded up. */
export const REARMING_BYTES = 64;

/** Throws when the watch could not be armed again: a request that is too large would end each later connection. */
export function validateWatchedPath(absolute: string, maxRequestSize: number): void {
  const size = Buffer.byteLength(absolute) + REARMING_BYTES;
  if (size <= maxRequestSize) return;
  throw new InvalidArgumentError(`path ${quote(absolute)} must be short enough to be watched, but is ${size} bytes`);
}
