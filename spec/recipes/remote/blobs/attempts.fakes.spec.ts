import { expect, it } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';

async function* stream(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('content');
}

it.each<[string, number, (blobs: RemoteBlobStorage) => Promise<unknown>]>([
  ['a put with ifMatch', 1, (blobs) => blobs.put('a', '1', { ifMatch: 'x' })],
  ['a put with ifNoneMatch', 1, (blobs) => blobs.put('a', '1', { ifNoneMatch: '*' })],
  ['a put of a stream, which cannot be read again', 1, (blobs) => blobs.put('a', stream())],
  ['a put', 3, (blobs) => blobs.put('a', '1')],
  ['a deletion with ifMatch', 1, (blobs) => blobs.delete('a', { ifMatch: 'x' })],
  ['a deletion', 3, (blobs) => blobs.delete('a')],
  ['a read', 3, (blobs) => blobs.info('a')],
])('%s is sent %i times to a server that may not have taken it', async (_, times, call) => {
  let requests = 0;
  await using blobs = new RemoteBlobStorage('http://server/', {
    retry: { maxAttempts: 3, minDelay: 1, maxDelay: 1 },
    fetch: async () => {
      requests += 1;
      return new Response(null, { status: 503 });
    },
  });
  await expect(call(blobs)).rejects.toMatchObject({ code: 'CONNECTION_LOSS' });
  expect(requests).toBe(times);
});
