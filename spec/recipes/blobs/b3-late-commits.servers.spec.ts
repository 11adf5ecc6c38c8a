import { describe, expect } from 'vitest';
import { ConnectionLossError, type ZooKeeperClient } from '../../../index.js';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { bytesOf, untilClean } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

const SMALL = { chunkSize: 100, inlineLimit: 10, grace: 0 };

/** No commit is answered. The first one arrives late, before the next read of the manifest, and no other one does. */
function withLateCommit(client: ZooKeeperClient, manifest: string): ZooKeeperClient {
  let commits = 0;
  let arrive: (() => Promise<unknown>) | undefined;
  return withMethods(client, {
    getData: async (path) => {
      const arrival = path === manifest ? arrive : undefined;
      if (arrival) arrive = undefined;
      await arrival?.();
      return client.getData(path);
    },
    transaction: () => {
      const transaction = client.transaction();
      const commit = transaction.commit.bind(transaction);
      transaction.commit = async () => {
        commits += 1;
        if (commits === 1) arrive = commit;
        throw new ConnectionLossError('the answer is lost');
      };
      return transaction;
    },
  });
}

describe('B3: a commit that arrives after it was given up, and before it is planned again', () => {
  it('is that of the put, and its chunks are not taken for those of a generation before', async ({ client, other }) => {
    const blobs = new BlobStorage(withLateCommit(client, '/blobs/m/a'), SMALL);
    const { etag } = await blobs.put('a', bytesOf(250));
    // Whatever was to be removed after its grace would be gone then.
    for (let syncs = 0; syncs < 20; syncs += 1) await client.sync('/');
    const stored = await new BlobStorage(other).get('a');
    expect(stored?.info?.etag).toBe(etag);
    expect(await stored?.read()).toEqual(bytesOf(250));
    await untilClean(other, [etag]);
  });

  it('is that of the deletion, which says that there was a blob', async ({ client, other }) => {
    await new BlobStorage(other, SMALL).put('a', bytesOf(250));
    expect(await new BlobStorage(withLateCommit(client, '/blobs/m/a'), SMALL).delete('a')).toBe(true);
    expect(await other.exists('/blobs/m/a')).toBeNull();
    await untilClean(other);
  });
});
