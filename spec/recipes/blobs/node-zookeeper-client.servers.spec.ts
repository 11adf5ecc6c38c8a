import { describe, expect } from 'vitest';
import { type BlobFile, BlobStorage } from '../../../recipes/blobs/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it } from '../../support/adapter-fixtures.js';
import { all, bytesOf, untilClean } from '../../support/blobs.js';

const SMALL = { chunkSize: 100, inlineLimit: 10, grace: 0 };

describe.for(['object', 'function'] as const)('on a client of node-zookeeper-client (%s)', (source) => {
  it('a storage writes, reads, lists, watches, deletes and collects', async ({ adapt, other }) => {
    const { adapter } = await adapt(source);
    const blobs = new BlobStorage(adapter, SMALL);
    const elsewhere = new BlobStorage(other, SMALL);
    const sizes = new Recorder<number | null>();
    const ids = new Recorder<string>();
    const one = blobs.watch('a/b', (file: BlobFile | null) => sizes.record(file?.info?.size ?? null));
    const every = blobs.watchAll('a', (changes) => {
      for (const { type, id } of changes) ids.record(`${type} ${id}`);
    });
    await Promise.all([one.ready, every.ready]);
    const info = await blobs.put('a/b', bytesOf(250), { ifNoneMatch: '*' });
    expect(await elsewhere.info('a/b')).toEqual(info);
    expect(await (await blobs.get('a/b'))?.read()).toEqual(bytesOf(250));
    await sizes.untilCount(2);
    await ids.untilCount(1);
    await expect(blobs.put('a/b', 'x', { ifNoneMatch: '*' })).rejects.toMatchObject({ code: 'BLOB_CHANGED' });
    await elsewhere.put('a/b', 'other', { ifMatch: info.etag });
    await expect(blobs.put('a/b', 'x', { ifMatch: info.etag })).rejects.toMatchObject({ code: 'BLOB_CHANGED' });
    await sizes.untilCount(3);
    await blobs.put('a', 'above');
    expect((await all(blobs.list())).map(({ id }) => id)).toEqual(['a', 'a/b']);
    await blobs.file('n').update((old) => `${old ?? ''}1`);
    expect([await blobs.delete('a'), await blobs.delete('a/b'), await blobs.delete('a/b')]).toEqual([
      true,
      true,
      false,
    ]);
    await sizes.until((items) => items.at(-1) === null && items.length > 1);
    await ids.until((items) => items.includes('deleted a') && items.includes('deleted a/b'));
    expect(sizes.items).toEqual([null, 250, 5, null]);
    await other.create('/blobs/c/garbage');
    expect(await blobs.collectGarbage({ grace: 0 })).toEqual({ generations: 1, chunks: 0, bytes: 0 });
    await untilClean(other);
    blobs.stopAllWatches();
  });

  it('a put settles with the truth over a cut', async ({ adapt, proxy, chroot, other }) => {
    const { adapter } = await adapt(source, {
      connectString: `${proxy.connectString}${chroot}`,
      sessionTimeout: 4_000,
    });
    const blobs = new BlobStorage(adapter, SMALL);
    const before = await blobs.put('a', 'before');
    for (const bytes of [1, 100, 300, 700]) {
      proxy.cutAfter(bytes, 'to-server');
      const info = await blobs.put('a', bytesOf(250, bytes));
      expect(info.position).toBeGreaterThan(before.position);
      expect(await new BlobStorage(other).info('a')).toEqual(info);
      expect(await new BlobStorage(other).file('a').read()).toEqual(bytesOf(250, bytes));
    }
  });
});
