import { describe, expect } from 'vitest';
import { type BlobFile, BlobStorage } from '../../../recipes/blobs/index.js';
import { bytesOf, storedParts, untilClean } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';
import { LeftBehind } from '../../support/left-behind.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

describe('B6: the old generation', () => {
  // No timer is longer than the second one, and one above it would be over at once.
  it.for([60_000, 2 ** 31 - 1])(
    'can be read for grace after it was replaced or deleted: %i ms',
    async (grace, { client, other }) => {
      const blobs = new BlobStorage(client, { ...SMALL, grace });
      const reader = new BlobStorage(other);
      await blobs.put('a', bytesOf(300, 1));
      const first = (await reader.get('a')) as BlobFile;
      await blobs.put('a', bytesOf(300, 2));
      const second = (await reader.get('a')) as BlobFile;
      await blobs.delete('a');
      expect(await first.read()).toEqual(bytesOf(300, 1));
      expect(await second.read()).toEqual(bytesOf(300, 2));
      expect((await storedParts(other)).generations.length).toBe(2);
    },
  );

  it('is deleted by the writer of its successor, or of its deletion, after grace', async ({ client }) => {
    const blobs = new BlobStorage(client, { ...SMALL, grace: 50 });
    for (const seed of [1, 2, 3]) await blobs.put('a', bytesOf(300, seed));
    const { etag } = await blobs.put('b', bytesOf(300));
    await blobs.put('a', 'small');
    await untilClean(client, [etag]);
    await blobs.delete('b');
    await untilClean(client);
  });

  it('keeps neither the process nor a closed client', async ({ makeClient, chroot }) => {
    const left = new LeftBehind();
    const client = left.note(makeClient());
    await client.connect();
    const blobs = left.note(new BlobStorage(client, SMALL));
    await blobs.put('a', bytesOf(300, 1));
    await blobs.put('a', bytesOf(300, 2));
    await client.close();
    expect(client.listenerCount('state')).toBe(0);
    expect(chroot).not.toBe('');
  });
});
