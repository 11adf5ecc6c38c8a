import type { WireError } from '../../../recipes/events/index.js';
import { InvalidArgumentError } from '../../core/errors.js';
import { reasonOf } from '../../core/reason.js';

/** The answer to a request that is not valid. Throws any other error. */
export function toBadRequest(error: unknown): WireError['error'] {
  if (!(error instanceof InvalidArgumentError)) throw error;
  return { code: 'BAD_REQUEST', message: reasonOf(error) };
}
