import { validateBoolean, validateFunction, validateOptions, validateSignal } from '../../lib/core/validation.js';
import { validateIdleTimeout } from '../tree/index.js';
import { BLOBS } from './limits.js';
import type { BlobWatchOptions } from './types.js';

/** The options of a watch with every value. */
export interface CompleteWatchOptions {
  readonly maxIdleTimeout: number;
  readonly initial: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Completes the options of a watch. Throws when its callback or a value is not valid. */
export function completeWatchOptions(callback: unknown, options: BlobWatchOptions | undefined): CompleteWatchOptions {
  validateFunction('callback', callback);
  validateOptions('options', options, ['maxIdleTimeout', 'initial', 'signal']);
  const { maxIdleTimeout = BLOBS.maxIdleTimeout, initial = true, signal } = options ?? {};
  validateIdleTimeout(maxIdleTimeout);
  validateBoolean('initial', initial);
  validateSignal('signal', signal);
  return { maxIdleTimeout, initial, signal };
}
