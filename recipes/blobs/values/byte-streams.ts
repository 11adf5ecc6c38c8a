/** Bytes as a Buffer; as a Uint8Array where there is no Buffer, as in a browser. The memory is shared. */
export function toBuffer(bytes: Uint8Array): Buffer {
  if (typeof globalThis.Buffer !== 'function') return bytes as Buffer;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** All bytes of a stream. */
export function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return joined(chunksOf(stream));
}

/** All chunks as one: memory is taken for bytes that are there, not for a length that somebody has announced. */
export async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of pieces) {
    chunks.push(chunk);
    size += chunk.byteLength;
  }
  const whole = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    whole.set(chunk, end);
    end += chunk.byteLength;
  }
  return whole;
}

/** The chunks of a stream; it is cancelled when the loop ends early. Not every browser iterates over streams itself. */
export async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader();
  let isOver = false;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        isOver = true;
        throw error;
      });
      if (done) {
        isOver = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!isOver) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** A stream of chunks that are asked for one by one. `end` is called once, however the stream ends. */
export function streamOf(source: {
  next(): Promise<Uint8Array | null>;
  end(): Promise<void>;
}): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await source.next();
          if (chunk) return controller.enqueue(chunk);
        } catch (error) {
          await source.end().catch(() => {});
          throw error;
        }
        await source.end();
        controller.close();
      },
      cancel: () => source.end(),
    },
    // An unread stream holds nothing open.
    { highWaterMark: 0 },
  );
}
