import { invalidSecret } from '../../../lib/core/validation.js';

/** Headers of a request, as `fetch` takes them. */
export type RequestHeaders = Headers | Record<string, string> | [string, string][];

/** @throws {@link InvalidArgumentError} without the cause, which shows the value */
export function toHeaders(headers: RequestHeaders | undefined): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw invalidSecret('headers', headers, 'headers, as fetch takes them');
  }
}
