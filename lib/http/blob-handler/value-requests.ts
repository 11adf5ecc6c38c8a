import type { BlobRegistry } from '../../../recipes/blobs/index.js';
import { refuse } from '../answers.js';
import { contentHeaders } from './answers.js';

/** Answers a request for a value of a registry, which may have another content at each. It is authorized. */
export async function answerValue(
  registry: BlobRegistry,
  request: Request,
  id: string,
  inline: readonly string[],
): Promise<Response> {
  const value = registry.get(id);
  if (!value) return refuse(404, 'BLOB_NOT_FOUND', 'there is no such value, or no more');
  const headers = { ...contentHeaders(value.mediaType, id, inline), 'cache-control': 'no-store' };
  if (request.method === 'GET') {
    // Without a length: a file may grow in between.
    return new Response(await value.open(), { headers });
  }
  const size = await value.size();
  return new Response(null, { headers: { ...headers, ...(size !== null && { 'content-length': `${size}` }) } });
}
