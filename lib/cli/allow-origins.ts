import type { FetchHandler } from '../http/index.js';

/** The answer to a browser that asks whether a page may send a request. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers': 'authorization, blob-meta, content-type, if-match, if-none-match, if-range, range',
  'access-control-max-age': '600',
};

/** The headers that pages may read, besides those that they always may. */
const EXPOSED = 'blob-info, content-range, etag, retry-after';

/** Lets pages of these origins use a handler: browsers keep its answers from all others. `*` stands for all. */
export function allowOrigins(handler: FetchHandler, origins: readonly string[]): FetchHandler {
  if (origins.length === 0) return handler;
  const isOpen = origins.includes('*');
  return async (request) => {
    const origin = request.headers.get('origin');
    const isAllowed = origin !== null && (isOpen || origins.includes(origin));
    const isPreflight = isAllowed && request.method === 'OPTIONS';
    const response = isPreflight ? new Response(null, { status: 204, headers: PREFLIGHT }) : await handler(request);
    response.headers.append('vary', 'origin');
    if (!isAllowed) return response;
    response.headers.set('access-control-allow-origin', isOpen ? '*' : origin);
    response.headers.set('access-control-expose-headers', EXPOSED);
    return response;
  };
}
