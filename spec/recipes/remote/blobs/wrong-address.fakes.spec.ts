import { expect, it } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

const served = new ServedFakeBlobs();

/** A storage whose server is reached at `http://server/`, behind a proxy that knows no other address. */
function storageAt(url: string): RemoteBlobStorage {
  return new RemoteBlobStorage(url, {
    fetch: async (input, init) =>
      String(input).startsWith('http://server/')
        ? served.handler(new Request(String(input), init))
        : new Response('<h1>404 Not Found</h1>', { status: 404, headers: { 'content-type': 'text/html' } }),
  });
}

it.each(['http://server/wrong/', 'http://proxy/'])(
  'does not take a 404 of %s for a blob that is not there',
  async (url) => {
    served.store.write('a', 80n);
    await using blobs = storageAt(url);
    const refusal = { code: 'INVALID_ARGUMENT', message: expect.stringContaining('status 404') };
    await expect(blobs.get('a')).rejects.toMatchObject(refusal);
    await expect(blobs.info('a')).rejects.toMatchObject(refusal);
    await expect(blobs.delete('a')).rejects.toMatchObject(refusal);
    await expect(blobs.file('a').readText()).rejects.toMatchObject(refusal);
  },
);

it('has null for a blob that its server does not have', async () => {
  await using blobs = storageAt('http://server/');
  expect(await blobs.get('none')).toBeNull();
});
