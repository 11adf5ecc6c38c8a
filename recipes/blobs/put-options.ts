import { InvalidArgumentError } from '../../lib/core/errors.js';
import { describe, invalidSecret, validateOptions, validateSignal } from '../../lib/core/validation.js';
import { BLOBS } from './limits.js';
import type { PutOptions } from './types.js';
import { validateMediaType } from './values/index.js';

const KEYS = ['mediaType', 'meta', 'ifMatch', 'ifNoneMatch', 'signal'] as const satisfies (keyof PutOptions)[];

/** @throws {@link InvalidArgumentError} unless the options are those of a put. */
export function validatePutOptions(options: PutOptions | undefined): void {
  validateOptions('options', options, KEYS);
  const { mediaType, meta, ifMatch, ifNoneMatch, signal } = options ?? {};
  if (mediaType !== undefined) validateMediaType('mediaType', mediaType);
  if (meta !== undefined) validateMeta(meta);
  validateIfMatch(ifMatch);
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw new InvalidArgumentError(`ifNoneMatch must be '*', but is ${describe(ifNoneMatch)}`);
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw new InvalidArgumentError('ifMatch and ifNoneMatch must not be given together: no blob can match both');
  validateSignal('signal', signal);
}

/** @throws {@link InvalidArgumentError} unless it can be an etag. */
export function validateIfMatch(ifMatch: unknown): asserts ifMatch is string | undefined {
  if (ifMatch === undefined || (typeof ifMatch === 'string' && ifMatch !== '')) return;
  throw invalidSecret('ifMatch', ifMatch, 'the etag of a blob');
}

function validateMeta(meta: unknown): void {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta))
    throw invalidSecret('meta', meta, 'an object of strings');
  for (const value of Object.values(meta))
    if (typeof value !== 'string') throw invalidSecret('each value of meta', value, 'a string');
  const size = new TextEncoder().encode(JSON.stringify(meta)).byteLength;
  if (size > BLOBS.longestMeta)
    throw new InvalidArgumentError(`meta must be at most ${BLOBS.longestMeta} bytes as JSON, but is ${size}`);
}
