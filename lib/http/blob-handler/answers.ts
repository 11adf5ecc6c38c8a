import { validateMediaType } from '../../../recipes/blobs/faces.js';
import { matchMediaType } from '../../../recipes/blobs/index.js';
import { codeOf, isRetryable } from '../../core/errors.js';
import type { LastingTrouble } from '../../core/lasting-trouble.js';
import { reasonOf } from '../../core/reason.js';
import { reportThrown } from '../../core/thrown.js';
import { COMMON_HEADERS, refuse, unavailable } from '../answers.js';
import { RefusedBody } from '../request-body.js';

/** The statuses of errors that the caller can do something about. */
const STATUSES: Readonly<Record<string, number>> = {
  BLOB_NOT_FOUND: 404,
  BLOB_CHANGED: 412,
  BLOB_TOO_LARGE: 413,
  INVALID_ARGUMENT: 400,
  MEDIA_TYPE_MISMATCH: 400,
  BLOB_URL_FAILED: 502,
};

/** The answer to a method that a resource does not have. */
export function wrongMethod(allowed: string): Response {
  return refuse(405, 'METHOD_NOT_ALLOWED', `the methods here are ${allowed}`, { allow: allowed });
}

/** The answer for an error. One that no caller can do anything about is logged, and not shown. */
export function failed(error: unknown, trouble: LastingTrouble): Response {
  if (error instanceof RefusedBody) return refuse(error.status, 'BAD_REQUEST', error.message);
  const code = `${codeOf(error)}`;
  const status = STATUSES[code];
  if (status !== undefined) return refuse(status, code, status === 502 ? 'the content is not there' : reasonOf(error));
  // Another server may have a client that is not closed.
  if (isRetryable(error) || code === 'CLIENT_CLOSED')
    return unavailable('ZooKeeper does not answer, or the blob was replaced: ask again');
  reportThrown(trouble, error, 'the blob handler');
  return refuse(500, 'INTERNAL', 'internal error');
}

/** The headers under which a content of any media type does no harm to the site that serves it. */
export function contentHeaders(mediaType: string, name: string, inline: readonly string[]): Record<string, string> {
  const type = isMediaType(mediaType) ? mediaType : 'application/octet-stream';
  if (inline.some((pattern) => matchMediaType(type, pattern))) return { ...COMMON_HEADERS, 'content-type': type };
  return {
    ...COMMON_HEADERS,
    'content-type': type,
    'content-disposition': `attachment; filename*=UTF-8''${encodeExtended(name)}`,
    'content-security-policy': 'sandbox',
  };
}

function isMediaType(text: string): boolean {
  try {
    validateMediaType('mediaType', text);
    return true;
  } catch {
    return false;
  }
}

/** As RFC 8187 has it. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
