import { describe, expect } from 'vitest';
import { BlobNotFoundError, BlobStorage, BlobValue, MediaTypeMismatchError } from '../../../recipes/blobs/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { bytesOf } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

describe('a BlobFile', () => {
  it('by name is always the newest, and reads nothing when it is made', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const file = blobs.file('a');
    expect([file.id, file.info]).toEqual(['a', null]);
    expect(await file.exists()).toBe(false);
    await expect(file.read()).rejects.toThrow(BlobNotFoundError);
    await expect(file.read()).rejects.toMatchObject({
      code: 'BLOB_NOT_FOUND',
      id: 'a',
      message: 'there is no blob "a"',
    });
    await expect(file.open().getReader().read()).rejects.toThrow(BlobNotFoundError);
    const info = await file.write('one');
    expect(await file.readText()).toBe('one');
    await file.write(bytesOf(300));
    expect(await file.read()).toEqual(bytesOf(300));
    expect(await file.exists()).toBe(true);
    await expect(file.write('two', { ifMatch: info.etag })).rejects.toMatchObject({ code: 'BLOB_CHANGED' });
    expect(await file.delete()).toBe(true);
    expect(await file.delete()).toBe(false);
  });

  it('reads and writes JSON', async ({ client }) => {
    const file = new BlobStorage(client).file('config.json');
    const info = await file.writeJson({ port: 80, names: ['ü'] });
    expect(info.mediaType).toBe('application/json');
    expect(await file.readJson<{ port: number }>()).toEqual({ port: 80, names: ['ü'] });
    expect((await file.writeJson(1, { mediaType: 'application/x+json' })).mediaType).toBe('application/x+json');
    await expect(file.writeJson(undefined)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await file.write('{"password":"secret');
    const error = await file.readJson().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MediaTypeMismatchError);
    // The parser quotes the content.
    expect(String(error)).not.toContain('secret');
  });

  it('updates by compare and set, again when the blob has changed meanwhile', async ({ client, other }) => {
    const file = new BlobStorage(client, SMALL).file('a');
    const rival = new BlobStorage(other, SMALL);
    const seen: (string | null)[] = [];
    const info = await file.update(async (old) => {
      seen.push(old && String(old));
      if (seen.length === 1) await rival.put('a', 'by a rival, which is long', { meta: { kept: 'yes' } });
      if (seen.length === 2) await rival.put('a', 'again', { mediaType: 'text/html', meta: { kept: 'yes' } });
      return `${old ?? 'nothing'}, and mine`;
    });
    expect(seen).toEqual([null, 'by a rival, which is long', 'again']);
    expect(await file.readText()).toBe('again, and mine');
    expect(info).toMatchObject({ mediaType: 'text/html', meta: { kept: 'yes' } });
    expect((await file.update(() => BlobValue.fromBytes(bytesOf(3), { mediaType: 'image/png' }))).mediaType).toBe(
      'image/png',
    );
    await expect(
      file.update(() => {
        throw new Error('not today');
      }),
    ).rejects.toThrow('not today');
    expect((await rival.info('a'))?.mediaType).toBe('image/png');
  });

  it('is a value, which is read when it is used', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const bytes = bytesOf(300);
    await blobs.put('a', bytes, { mediaType: 'image/png' });
    const newest = blobs.file('a').toValue();
    const fixed = (await blobs.get('a'))?.toValue() as BlobValue;
    for (const value of [newest, fixed]) {
      expect(await value.size()).toBe(300);
      expect(await value.content()).toEqual(bytes);
      expect((await (await value.toBlob()).arrayBuffer()).byteLength).toBe(300);
    }
    expect([newest.mediaType, fixed.mediaType]).toEqual(['application/octet-stream', 'image/png']);
    // A copy under another name, without a chunk more in memory than the window.
    expect(await blobs.put('b', fixed)).toMatchObject({ mediaType: 'image/png', size: 300 });
    expect(await blobs.file('b').read()).toEqual(bytes);
    await blobs.put('a', 'short');
    expect(await newest.size()).toBe(5);
    expect(await fixed.content()).toEqual(bytes);
  });

  it('watches, and stops its watches', async ({ client }) => {
    const file = new BlobStorage(client).file('a');
    const sizes = new Recorder<number | null>();
    const callback = (found: { info: { size: number } | null } | null): void => sizes.record(found?.info?.size ?? null);
    const one = file.watch(callback);
    const two = file.watch(() => {}, { initial: false });
    await one.ready;
    await file.write('abc');
    await sizes.untilCount(2);
    expect(sizes.items).toEqual([null, 3]);
    file.stopWatch(callback);
    expect([one.stopped, two.stopped]).toEqual([true, false]);
    file.stopWatch();
    expect(two.stopped).toBe(true);
  });
});
