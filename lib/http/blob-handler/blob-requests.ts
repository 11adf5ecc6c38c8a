import { toWireBlob } from '../../../recipes/blobs/faces.js';
import {
  type BlobFile,
  type BlobInfo,
  type BlobRange,
  type BlobStore,
  BlobSupersededError,
  type PutOptions,
} from '../../../recipes/blobs/index.js';
import { codeOf } from '../../core/errors.js';
import { empty, json, refuse } from '../answers.js';
import { allowsRange, isConditional, quoteEtag, refusedBy } from '../conditions.js';
import { HTTP } from '../limits.js';
import { parseRange } from '../ranges.js';
import { bodyOf, lengthOf, RefusedBody } from '../request-body.js';
import { contentHeaders, wrongMethod } from './answers.js';
import type { HandlerContext } from './handler-context.js';

const NONE = { etag: null };
/** There is a blob, of a generation that cannot be known. */
const DAMAGED = { etag: '' };

/** Answers requests for one blob. They are authorized. */
export class BlobRequests {
  readonly #storage: BlobStore;
  readonly #context: HandlerContext;

  constructor(storage: BlobStore, context: HandlerContext) {
    this.#storage = storage;
    this.#context = context;
  }

  answer(request: Request, id: string): Promise<Response> {
    if (request.method === 'GET' || request.method === 'HEAD') return this.#read(request, id);
    return request.method === 'PUT' ? this.#put(request, id) : this.#delete(request, id);
  }

  /** The methods that there are; `null` when the request has one of them. */
  refusedMethod({ method }: Request): Response | null {
    const methods = this.#context.writable ? ['GET', 'HEAD', 'PUT', 'DELETE'] : ['GET', 'HEAD'];
    return methods.includes(method) ? null : wrongMethod(methods.join(', '));
  }

  async #read(request: Request, id: string): Promise<Response> {
    for (let reads = 1; ; reads += 1) {
      try {
        return await this.#tryRead(request, id);
      } catch (error) {
        if (codeOf(error) !== 'BLOB_SUPERSEDED' || reads >= HTTP.rereads) throw error;
      }
    }
  }

  async #tryRead(request: Request, id: string): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const file = await this.#storage.get(id);
    const generation = searchParams.get('generation');
    if (!file?.info || (generation !== null && generation !== file.info.etag)) return notFound();
    const { info } = file;
    if (searchParams.has('info')) return json(200, toWireBlob(info));
    const headers = this.#headersOf(info, generation !== null);
    const refused = refusedBy(request, info);
    if (refused === 412) return changed();
    if (refused === 304) return empty(304, headers);
    const range = rangeOf(request, info);
    if (range === 'unsatisfiable') return empty(416, { 'content-range': `bytes */${info.size}` });
    const { start, end } = range ?? { start: 0, end: info.size };
    const all = {
      ...headers,
      ...contentHeaders(info.mediaType, id.slice(id.lastIndexOf('/') + 1), this.#context.inline),
      'content-length': `${end - start}`,
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${info.size}` }),
    };
    const body = request.method === 'HEAD' ? null : await begun(file, range);
    return new Response(body, { status: range ? 206 : 200, headers: all });
  }

  #headersOf({ etag, modified }: BlobInfo, isForEver: boolean): Record<string, string> {
    const whose = this.#context.authorize ? 'private' : 'public';
    return {
      etag: quoteEtag(etag),
      'last-modified': modified.toUTCString(),
      'accept-ranges': 'bytes',
      'cache-control': isForEver ? `${whose}, max-age=${HTTP.maxAge}, immutable` : 'no-cache',
    };
  }

  async #put(request: Request, id: string): Promise<Response> {
    const { headers, signal } = request;
    if (headers.has('content-range')) throw new RefusedBody(400, 'a part of a blob cannot be written');
    if ((headers.get('content-encoding') ?? 'identity') !== 'identity')
      throw new RefusedBody(415, 'the body must not be encoded');
    const { maxBlobSize } = this.#storage;
    const most = maxBlobSize ?? Number.POSITIVE_INFINITY;
    if ((lengthOf(request) ?? 0) > most) throw new RefusedBody(413, `a blob has at most ${most} bytes`);
    const mediaType = headers.get('content-type');
    const meta = metaOf(headers.get('blob-meta'));
    const { exists, conditions, refusal } = await this.#conditionsFor(request, id);
    if (refusal) return refusal;
    const options: PutOptions = {
      ...conditions,
      ...(mediaType && { mediaType }),
      ...(meta !== undefined && { meta }),
      signal,
    };
    const body = { refused: undefined as unknown };
    try {
      const info = await this.#storage.put(id, keepError(bodyOf(request, most), body), options);
      const described = encodeURIComponent(JSON.stringify({ ...toWireBlob(info), meta: {} }));
      return empty(exists ? 204 : 201, { etag: quoteEtag(info.etag), 'blob-info': described });
    } catch (error) {
      if (codeOf(error) === 'BLOB_CHANGED' && !(await this.#conditionsFor(request, id)).refusal) throw replaced();
      throw body.refused ?? error;
    }
  }

  async #delete(request: Request, id: string): Promise<Response> {
    for (let tries = 1; tries <= HTTP.rereads; tries += 1) {
      const { exists, conditions, refusal } = await this.#conditionsFor(request, id);
      // Conditions do not count where the answer is none of success without them: RFC 9110, 13.2.1.
      if (!exists) return notFound();
      if (refusal) return refusal;
      const { ifMatch } = conditions;
      try {
        return (await this.#storage.delete(id, ifMatch === undefined ? {} : { ifMatch })) ? empty(204) : notFound();
      } catch (error) {
        if (codeOf(error) !== 'BLOB_CHANGED') throw error;
      }
    }
    throw replaced();
  }

  /** The conditions of a request for the store: those about several etags are about the one that the blob has. */
  async #conditionsFor(request: Request, id: string) {
    const present = await this.#storage.info(id).catch((error: unknown) => {
      // A damaged blob can be replaced.
      if (codeOf(error) !== 'BLOB_CORRUPT') throw error;
      return DAMAGED;
    });
    const refusal = refusedBy(request, present ?? NONE) === null ? null : changed();
    const exact = present ? { ifMatch: present.etag } : ({ ifNoneMatch: '*' } as const);
    const isExact = isConditional(request) && present?.etag !== DAMAGED.etag;
    const conditions: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'> = isExact ? exact : {};
    return { exists: present !== null, conditions, refusal };
  }
}

function notFound(): Response {
  return refuse(404, 'BLOB_NOT_FOUND', 'there is no such blob');
}

function changed(): Response {
  return refuse(412, 'BLOB_CHANGED', 'the blob is not as the conditions demand. Nothing was changed');
}

/** A store compares with one generation; a request may be content with the next one too, as `If-Match: *` is. */
function replaced(): BlobSupersededError {
  return new BlobSupersededError('the blob was replaced meanwhile, and the conditions hold for the newest generation');
}

/** The part that is asked for: a HEAD has none. */
function rangeOf(request: Request, info: BlobInfo): ReturnType<typeof parseRange> {
  if (request.method !== 'GET' || !allowsRange(request, info)) return null;
  return parseRange(request.headers.get('range'), info.size);
}

function metaOf(header: string | null): Record<string, string> | undefined {
  if (header === null) return undefined;
  try {
    return JSON.parse(decodeURIComponent(header)) as Record<string, string>;
  } catch {
    throw new RefusedBody(400, 'blob-meta must be the JSON of an object, %-encoded');
  }
}

/** The stream of a blob, of which the first piece was read: what cannot be read is known before the answer begins. */
async function begun(file: BlobFile, range: BlobRange | null): Promise<ReadableStream<Uint8Array>> {
  const reader = file.open(range ?? undefined).getReader();
  let first: Awaited<ReturnType<typeof reader.read>> | undefined = await reader.read();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = first ?? (await reader.read());
        first = undefined;
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  );
}

/** Keeps the error of an iteration, which a store may wrap. */
async function* keepError(
  pieces: AsyncIterable<Uint8Array>,
  kept: { refused: unknown },
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
  } catch (error) {
    if (error instanceof RefusedBody) kept.refused = error;
    throw error;
  }
}
