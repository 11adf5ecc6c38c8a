import { describe, expect } from 'vitest';
import { ConnectionLossError, type ZooKeeperClient } from '../../../index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { expireSession } from '../../../testing/session-killer.js';
import { bytesOf, storedParts, untilClean, untilUploading } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

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

/** The first transaction is still on its way when its connection is lost, and the signal aborts. */
function delayCommit(client: ZooKeeperClient): {
  delaying: ZooKeeperClient;
  arrive: () => Promise<unknown>;
  signal: AbortSignal;
} {
  const aborting = new AbortController();
  let arrive: (() => Promise<unknown>) | undefined;
  const delaying = withMethods(client, {
    transaction: () => {
      const transaction = client.transaction();
      arrive = transaction.commit.bind(transaction);
      transaction.commit = async () => {
        aborting.abort(REASON);
        throw new ConnectionLossError('the answer is lost');
      };
      return transaction;
    },
  });
  return { delaying, arrive: async () => arrive?.(), signal: aborting.signal };
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

  it('while its source, which cannot be interrupted, stands still', async ({ client }) => {
    async function* standing(): AsyncGenerator<Uint8Array> {
      yield bytesOf(150);
      await new Promise(() => {});
    }
    const aborting = new AbortController();
    const put = new BlobStorage(client, SMALL).put('a', standing(), { signal: aborting.signal });
    await untilUploading(client);
    aborting.abort(REASON);
    await expect(put).rejects.toBe(REASON);
    await untilClean(client);
  });

  it('and so does one whose session is lost while its source stands still', async ({ client, port, other }) => {
    const put = new BlobStorage(client, SMALL).put('a', stalled());
    put.catch(() => {});
    await untilUploading(other);
    await expireSession(client, port);
    await expect(put).rejects.toMatchObject({ code: 'SESSION_EXPIRED', retryable: true });
    expect(await new BlobStorage(other).info('a')).toBeNull();
    await untilClean(other);
  });

  it('and its commit, if it arrives late, is refused', async ({ client, other }) => {
    const blobs = new BlobStorage(client, SMALL);
    const { etag } = await blobs.put('a', 'before');
    const { delaying, arrive, signal } = delayCommit(client);
    await expect(new BlobStorage(delaying, SMALL).put('a', 'late', { signal })).rejects.toBe(REASON);
    await expect(arrive()).rejects.toMatchObject({ code: 'NO_NODE' });
    expect((await new BlobStorage(other).info('a'))?.etag).toBe(etag);
  });

  it('and its commit, if it arrives at the last moment, counts', async ({ client, other }) => {
    const { delaying, arrive, signal } = delayCommit(client);
    const late = withMethods(delaying, {
      delete: async (path) => {
        if (path.startsWith('/blobs/u/')) await arrive().catch(() => {});
        return delaying.delete(path);
      },
    });
    const info = await new BlobStorage(late, SMALL).put('a', 'late', { signal });
    expect(await new BlobStorage(other).info('a')).toEqual(info);
  });

  it('and when the client is closed it settles', async ({ connect, other }) => {
    const client = await connect();
    const put = new BlobStorage(client, SMALL).put('a', stalled());
    put.catch(() => {});
    await untilUploading(other);
    await client.close();
    await expect(put).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    const second = new BlobStorage(client, SMALL).put('b', 'x');
    await expect(second).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await eventually(async () => (await storedParts(other)).markers.length === 0);
    expect(await new BlobStorage(other).info('a')).toBeNull();
  });
});
