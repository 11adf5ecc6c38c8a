import { HTTP } from './limits.js';

/** The headers of every answer. */
export const COMMON_HEADERS = { 'x-content-type-options': 'nosniff' } as const;

/** An answer without a body. */
export function empty(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers: { ...COMMON_HEADERS, ...headers } });
}

/** An answer of JSON that must not be kept. */
export function jsonText(status: number, text: string, headers: Record<string, string> = {}): Response {
  const all = { ...COMMON_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store', ...headers };
  return new Response(text, { status, headers: all });
}

/** The same, of a value. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  return jsonText(status, JSON.stringify(value), headers);
}

/** An answer that says why there is no other one. */
export function refuse(status: number, code: string, message: string, headers: Record<string, string> = {}): Response {
  return json(status, { error: { code, message } }, headers);
}

/** The answer to a request that may be repeated a little later. */
export function unavailable(message: string): Response {
  return refuse(503, 'UNAVAILABLE', message, { 'retry-after': `${HTTP.retryAfter}` });
}
