/** The length field of a path on the wire. */
export const BYTES_PER_PATH = 4;

/**
 * Paths in portions of so many bytes, each written up to three times in its request.
 *
 * @param tooLong takes those that no request can name
 */
export function* chunksOf(
  paths: Iterable<string>,
  chunkBytes: number,
  tooLong: (path: string) => void,
): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const path of paths) {
    const size = 3 * (Buffer.byteLength(path) + BYTES_PER_PATH);
    if (size > chunkBytes) {
      tooLong(path);
      continue;
    }
    if (bytes + size > chunkBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(path);
    bytes += size;
  }
  if (bytes > 0) yield chunk;
}
