import { InvalidArgumentError } from '../../lib/core/errors.js';
import { describe, quote } from '../../lib/core/validation.js';
import { BLOBS } from './limits.js';

const EMPTY_SEGMENT = /^\/|\/\/|\/$/;
const DOTS_AS_SEGMENT = /(^|\/)\.\.?(\/|$)/;

/**
 * Throws unless it can be the id of a blob: segments with a `/` between them, as `images/logo.png`.
 *
 * @throws {@link InvalidArgumentError} that says what is wrong.
 */
export function validateBlobId(id: unknown): asserts id is string {
  const flaw = flawOf(id);
  if (flaw === null) return;
  const shown = typeof id === 'string' ? quote(id) : describe(id);
  throw new InvalidArgumentError(`${shown} cannot be the id of a blob: it ${flaw}`);
}

function flawOf(id: unknown): string | null {
  if (typeof id !== 'string') return 'must be a string';
  if (id === '') return 'is empty';
  if (EMPTY_SEGMENT.test(id)) return 'has an empty segment: a "/" stands between two others';
  // URLs leave such segments out, %-encoded or not.
  if (DOTS_AS_SEGMENT.test(id)) return 'must not have "." or ".." as a segment';
  try {
    return encodeBlobId(id).length > BLOBS.longestId ? `is longer than ${BLOBS.longestId} bytes, %-encoded` : null;
  } catch {
    return 'is no well-formed Unicode';
  }
}

/**
 * Throws unless an id can begin with it: any id begins with an empty text.
 *
 * @throws {@link InvalidArgumentError} that says what is wrong.
 */
export function validatePrefix(prefix: unknown): asserts prefix is string {
  if (prefix === '') return;
  const flaw = typeof prefix === 'string' ? flawOf(`${prefix}x`) : 'must be a string';
  if (flaw === null) return;
  const shown = typeof prefix === 'string' ? quote(prefix) : describe(prefix);
  throw new InvalidArgumentError(`no id of a blob can begin with ${shown}: it ${flaw}`);
}

/** The id as a relative path: each segment %-encoded. */
export function encodeBlobId(id: string): string {
  return encodeURIComponent(id).replaceAll('%2F', '/');
}

/** The id of such a path; `null` when no id is encoded like this. */
export function decodeBlobId(encoded: string): string | null {
  try {
    const id = encoded.split('/').map(decodeURIComponent).join('/');
    return encodeBlobId(id) === encoded && flawOf(id) === null ? id : null;
  } catch {
    return null;
  }
}
