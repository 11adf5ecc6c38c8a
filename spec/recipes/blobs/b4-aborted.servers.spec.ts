import { describe, expect } from 'vitest';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { bytesOf, storedParts, untilClean, untilUploading } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };
const REASON = new Error('not any more');

/** Gives 150 bytes, and then nothing for ever. */
function stalled(onCancel: (reason: unknown) => void = () => {}): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream(
    {
      pull(controller) {
        if (!isFirst) return new Promise(() => {});
        isFirst = false;
        controller.enqueue(bytesOf(150));
        return undefined;
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  );
}

describe('B4: an aborted put changes nothing visible', () => {
  it('before it begins', async ({ client }) => {
    const blobs = new BlobStorage(client);
    await expect(blobs.put('a', 'x', { signal: AbortSignal.abort(REASON) })).rejects.toBe(REASON);
    expect(await client.exists('/blobs')).toBeNull();
  });

  it('while its source stands still: the source is let go, and what was written is removed', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    await blobs.put('a', 'before');
    const aborting = new AbortController();
    let isCancelled = false;
    const content = stalled(() => {
      isCancelled = true;
    });
    const put = blobs.put('a', content, { signal: aborting.signal });
    await untilUploading(client);
    aborting.abort(REASON);
    await expect(put).rejects.toBe(REASON);
    await untilClean(client);
    expect(isCancelled).toBe(true);
    expect(await blobs.file('a').readText()).toBe('before');
  });

  it('and when the client is closed it settles', async ({ connect, other }) => {
    const client = await connect();
    const put = new BlobStorage(client, SMALL).put('a', stalled());
    put.catch(() => {});
    await untilUploading(other);
    await client.close();
    // The next chunk finds out.
    const second = new BlobStorage(client, SMALL).put('b', 'x');
    await expect(second).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await eventually(async () => (await storedParts(other)).markers.length === 0);
    expect(await new BlobStorage(other).info('a')).toBeNull();
  });
});
