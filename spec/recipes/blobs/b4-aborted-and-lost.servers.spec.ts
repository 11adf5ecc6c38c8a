import { describe, expect } from 'vitest';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { LostMessage } from '../../../testing/lost-message.js';
import { bytesOf, storedParts, untilClean } from '../../support/blobs.js';
import { it, recordStates } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };
const REASON = new Error('not any more');

describe('B4: an aborted put', () => {
  it('changes nothing visible while there is no server', async ({ proxied, proxy, other }) => {
    const blobs = new BlobStorage(proxied, SMALL);
    await blobs.put('a', 'before');
    const aborting = new AbortController();
    const states = recordStates(proxied);
    new LostMessage(proxy, 3, 'answer', () => proxy.refuse());
    const put = blobs.put('a', bytesOf(1_000), { signal: aborting.signal });
    put.catch(() => {});
    await states.until((seen) => seen.includes('suspended'));
    aborting.abort(REASON);
    await expect(put).rejects.toBe(REASON);
    await proxy.accept();
    await untilClean(other);
    expect(await new BlobStorage(other).file('a').readText()).toBe('before');
  });

  it('that was committed in spite of it resolves', async ({ proxied, proxy, other }) => {
    const blobs = new BlobStorage(proxied, SMALL);
    await blobs.put('a', 'before');
    await proxied.sync('/');
    const aborting = new AbortController();
    // Its requests are the marker, the manifest and the transaction.
    const lost = new LostMessage(proxy, 3, 'answer', () => aborting.abort(REASON));
    const info = await blobs.put('a', 'after', { signal: aborting.signal });
    expect(lost.isLost).toBe(true);
    expect(await new BlobStorage(other).info('a')).toEqual(info);
  });

  it('whose commit is lost rejects, and can never be committed', async ({ proxied, proxy, other }) => {
    const blobs = new BlobStorage(proxied, SMALL);
    await blobs.put('a', 'before');
    await proxied.sync('/');
    const aborting = new AbortController();
    const lost = new LostMessage(proxy, 3, 'request', () => aborting.abort(REASON));
    await expect(blobs.put('a', 'after', { signal: aborting.signal })).rejects.toBe(REASON);
    expect(lost.isLost).toBe(true);
    expect((await storedParts(other)).markers).toEqual([]);
    expect(await new BlobStorage(other).file('a').readText()).toBe('before');
  });
});
