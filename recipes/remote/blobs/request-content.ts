import { nodeModule } from '../../../lib/core/node-module.js';
import { mediaTypeFor, type Pieces, toWritable, type WritableContent } from '../../blobs/faces.js';
import { type BlobContent, BlobValue, type PutOptions } from '../../blobs/index.js';

/** The body of a request. */
export type RequestBody = NonNullable<ConstructorParameters<typeof Response>[0]>;

/** A content could not be read: no server is the cause. */
export class ContentFailure extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('the content cannot be read');
    this.reason = reason;
  }
}

/** A content as a request sends it. */
export interface RequestContent {
  readonly mediaType: string;
  /** Whether it can be sent again. */
  readonly isRepeatable: boolean;
  /** Rejects, and so does its stream, with a {@link ContentFailure}. */
  body(): Promise<RequestBody>;
  /** Lets go of where it comes from: the request is over. A server may have answered without reading all of it. */
  close(): void;
}

/** The content for a request, with its media type. */
export function toRequestContent(content: BlobContent, options: PutOptions | undefined): RequestContent {
  const writable = toWritable(content);
  const mediaType = mediaTypeFor(writable, options?.mediaType);
  const { isRepeatable } = writable;
  const common = { mediaType, isRepeatable, close: () => {} };
  if (typeof content === 'string' || content instanceof Uint8Array || content instanceof Blob) {
    return { ...common, body: async () => content as RequestBody };
  }
  if (content instanceof BlobValue) return { ...common, body: () => content.toBlob().catch(failed) };
  return new OnceContent(mediaType, writable);
}

/** The content that can be sent once: as a stream where requests can have one; elsewhere all of it. */
class OnceContent implements RequestContent {
  readonly mediaType: string;
  readonly isRepeatable = false;
  readonly #content: WritableContent;
  #pieces: Pieces | undefined;
  #isClosed = false;

  constructor(mediaType: string, content: WritableContent) {
    this.mediaType = mediaType;
    this.#content = content;
  }

  async body(): Promise<RequestBody> {
    const pieces = await this.#content.open().catch(failed);
    this.#pieces = pieces;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
      const piece = await pieces.next().catch(failed);
      // Otherwise a part could be taken for the whole.
      if (this.#isClosed) throw new Error('the request is over');
      // A copy: its source may use its memory again before it is sent.
      if (piece) controller.enqueue(new Uint8Array(piece));
      else controller.close();
    };
    const stream = new ReadableStream<Uint8Array>({ pull, cancel: () => pieces.close() }, { highWaterMark: 0 });
    return nodeModule('node:fs/promises') ? stream : new Response(stream).blob();
  }

  close(): void {
    this.#isClosed = true;
    this.#pieces?.close();
  }
}

function failed(reason: unknown): never {
  throw new ContentFailure(reason);
}
