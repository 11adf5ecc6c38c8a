import { nodeModule } from '../../../lib/core/node-module.js';
import { mediaTypeFor, toWritable, type WritableContent } from '../../blobs/faces.js';
import { type BlobContent, BlobValue, type PutOptions } from '../../blobs/index.js';

/** The body of a request. */
export type RequestBody = NonNullable<ConstructorParameters<typeof Response>[0]>;

/** A content as a request sends it. */
export interface RequestContent {
  readonly mediaType: string;
  /** Whether it can be sent again. */
  readonly isRepeatable: boolean;
  body(): Promise<RequestBody>;
}

/** The content for a request, with its media type. */
export function toRequestContent(content: BlobContent, options: PutOptions | undefined): RequestContent {
  const writable = toWritable(content);
  const mediaType = mediaTypeFor(writable, options?.mediaType);
  const { isRepeatable } = writable;
  if (typeof content === 'string' || content instanceof Uint8Array || content instanceof Blob) {
    return { mediaType, isRepeatable, body: async () => content as RequestBody };
  }
  if (content instanceof BlobValue) return { mediaType, isRepeatable, body: () => content.toBlob() };
  return { mediaType, isRepeatable, body: () => toBody(writable) };
}

/** A stream where requests can have one; elsewhere all of it. */
async function toBody(content: WritableContent): Promise<RequestBody> {
  const pieces = await content.open();
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = await pieces.next();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
      cancel: () => pieces.close(),
    },
    { highWaterMark: 0 },
  );
  return nodeModule('node:fs/promises') ? stream : new Response(stream).blob();
}
