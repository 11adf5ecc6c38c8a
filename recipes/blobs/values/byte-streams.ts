/** Bytes as a Buffer; as a Uint8Array where there is no Buffer, as in a browser. The memory is shared. */
export function toBuffer(bytes: Uint8Array): Buffer {
  if (typeof globalThis.Buffer !== 'function') return bytes as Buffer;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** All bytes of a stream. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return (await joined(chunksOf(stream), 0)).bytes;
}

/**
 * All chunks as one, with how many bytes they had.
 *
 * @param expected bytes for which memory is taken at once: for no more than it may take if they do not come
 */
export async function joined(
  pieces: AsyncIterable<Uint8Array>,
  expected: number,
): Promise<{ readonly bytes: Uint8Array; readonly length: number }> {
  let first = memory(0);
  const more: Uint8Array[] = [];
  let filled = 0;
  let length = 0;
  for await (const piece of pieces) {
    // Not before, when nothing was on its way yet: to take much memory can collect garbage.
    if (length === 0) first = memory(expected);
    length += piece.byteLength;
    if (more.length > 0 || filled + piece.byteLength > expected) more.push(piece);
    else {
      first.set(piece, filled);
      filled += piece.byteLength;
    }
  }
  if (more.length === 0 && filled === expected) return { bytes: first, length };
  const bytes = memory(length);
  let end = 0;
  for (const piece of [first.subarray(0, filled), ...more]) {
    bytes.set(piece, end);
    end += piece.byteLength;
  }
  return { bytes, length };
}

/** Bytes that are all to be written: a Buffer does not have to be zeroed before. */
function memory(length: number): Uint8Array {
  return globalThis.Buffer?.allocUnsafeSlow(length) ?? new Uint8Array(length);
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
