import { describe, expect } from 'vitest';
import { BlobChangedError, type BlobInfo, BlobStorage } from '../../../recipes/blobs/index.js';
import { eventually } from '../../../testing/eventually.js';
import { it } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

describe('B5: an etag names one write', () => {
  it('and is another one for equal bytes', async ({ client }) => {
    const blobs = new BlobStorage(client);
    const etags = new Set<string>();
    const states: (string | null)[] = [];
    const watch = blobs.watch('a', (file) => void states.push(file?.info?.etag ?? null));
    await watch.ready;
    for (let round = 1; round <= 5; round += 1) {
      const { etag } = await blobs.put('a', 'the same');
      etags.add(etag);
      await eventually(() => states.at(-1) === etag);
    }
    expect(etags.size).toBe(5);
    expect(states.length).toBe(6);
    watch.stop();
  });

  it('and not the version of a znode, which a deletion starts again', async ({ client, other }) => {
    const blobs = new BlobStorage(client);
    const rival = new BlobStorage(other);
    const first = await blobs.put('a', 'first');
    for (const version of [0, 1]) {
      await rival.delete('a');
      await rival.put('a', 'second');
      // The znode of the second generation has the same version as that of the first.
      expect((await client.getData('/blobs/m/a')).stat.version).toBe(1);
      await expect(blobs.put('a', `third ${version}`, { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
      await expect(blobs.delete('a', { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
    }
    expect(await blobs.file('a').readText()).toBe('second');
  });

  it('so that a condition holds until the commit, whatever others do meanwhile', async ({ client, other }) => {
    const rival = new BlobStorage(other);
    let first: BlobInfo = await rival.put('a', 'first');
    // Between the read of the manifest and the transaction.
    let interfere: (() => Promise<unknown>) | null = null;
    const interrupted = withMethods(client, {
      getData: async (path) => {
        const found = await client.getData(path).catch((error: Error) => error);
        if (path === '/blobs/m/a' && count++ === 1) await interfere?.();
        if (found instanceof Error) throw found;
        return found;
      },
    });
    const blobs = new BlobStorage(interrupted);
    let count = 0;
    const recreate = async (): Promise<void> => {
      await rival.delete('a');
      await rival.put('a', 'second');
    };
    interfere = recreate;
    await expect(blobs.put('a', 'mine', { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
    expect(await rival.file('a').readText()).toBe('second');

    [count, first] = [1, await rival.put('a', 'first')];
    await expect(blobs.delete('a', { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
    expect(await rival.file('a').readText()).toBe('second');

    // Also where the znode of the second generation has the version of the first, and where there was no deletion.
    await rival.delete('a');
    [count, first] = [1, await rival.put('a', 'first')];
    await expect(blobs.delete('a', { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
    [count, first] = [1, await rival.put('a', 'first')];
    interfere = () => rival.put('a', 'second');
    await expect(blobs.delete('a', { ifMatch: first.etag })).rejects.toThrow(BlobChangedError);
    expect(await rival.file('a').readText()).toBe('second');

    await rival.delete('a');
    count = 0;
    await expect(blobs.put('a', 'mine', { ifNoneMatch: '*' })).rejects.toThrow(BlobChangedError);

    // A deletion elsewhere is in nobody's way.
    await rival.put('b', 'x');
    [count, first] = [0, await rival.put('a', 'first')];
    interfere = () => rival.delete('b');
    await blobs.put('a', 'mine', { ifMatch: first.etag });
    expect(await rival.file('a').readText()).toBe('mine');
  });
});

describe('a condition', () => {
  it('is that of one of several rivals at a time, and of each of them in the end', async ({ client, other }) => {
    const rivals = [client, other, client, other].map((each) => new BlobStorage(each));
    await Promise.all(
      rivals.map(async (blobs) => {
        for (let round = 0; round < 10; round += 1) await blobs.file('n').update((old) => String(Number(old ?? 0) + 1));
      }),
    );
    expect(await new BlobStorage(client).file('n').readText()).toBe('40');
  });

  it('that does not hold says what has changed', async ({ client }) => {
    const blobs = new BlobStorage(client);
    const { etag } = await blobs.put('a', 'x', { ifNoneMatch: '*' });
    await expect(blobs.put('a', 'y', { ifNoneMatch: '*' })).rejects.toThrow(BlobChangedError);
    await expect(blobs.put('b', 'y', { ifMatch: etag })).rejects.toMatchObject({ code: 'BLOB_CHANGED', id: 'b' });
    await blobs.put('a', 'y', { ifMatch: etag });
    await expect(blobs.put('a', 'z', { ifMatch: etag })).rejects.toThrow('it is of another generation than ifMatch');
    expect(await blobs.file('a').readText()).toBe('y');
  });
});
