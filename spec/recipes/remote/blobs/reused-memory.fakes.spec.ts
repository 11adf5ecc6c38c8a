import { expect, it } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';

const PIECES = 5;
const LENGTH = 4;

it.each<[string, (next: () => Uint8Array | null) => AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>]>([
  [
    'an iterable',
    async function* (next) {
      for (let piece = next(); piece; piece = next()) yield piece;
    },
  ],
  [
    'a stream',
    (next) =>
      new ReadableStream(
        {
          pull: (controller) => {
            const piece = next();
            if (piece) controller.enqueue(piece);
            else controller.close();
          },
        },
        { highWaterMark: 0 },
      ),
  ],
])('sends each piece of %s as it was given, though the next one has its memory', async (_, toContent) => {
  let received: Uint8Array[] = [];
  await using blobs = new RemoteBlobStorage('http://server/', {
    retry: { maxAttempts: 1 },
    fetch: async (_url, init) => {
      // A socket that takes nothing before the end keeps all pieces.
      received = [];
      for await (const piece of (init?.body ?? []) as ReadableStream<Uint8Array>) received.push(piece);
      return new Response(null, { status: 503 });
    },
  });
  const memory = new Uint8Array(LENGTH);
  let given = 0;
  const content = toContent(() => (given === PIECES ? null : memory.fill(++given)));
  await expect(blobs.put('a', content)).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
  expect(received.map((piece) => [...piece])).toEqual(
    Array.from({ length: PIECES }, (_piece, index) => new Array(LENGTH).fill(index + 1)),
  );
});
