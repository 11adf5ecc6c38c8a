import { describe, expect } from 'vitest';
import {
  BlobCorruptError,
  type BlobFile,
  BlobNotFoundError,
  BlobStorage,
  BlobSupersededError,
} from '../../../recipes/blobs/index.js';
import { all, bytesOf, interrupted, readStream, sha256, untilClean } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

describe('B2: a reader gets one generation whole, or an error', () => {
  it('never gets a mixture while writers replace the blob', async ({ client, other }) => {
    const writer = new BlobStorage(other, { ...SMALL, grace: 0 });
    const reader = new BlobStorage(client, SMALL);
    const written = new Set<string>();
    let isOver = false;
    // Each generation is of one letter, and of a length of its own.
    const write = async (seed: number): Promise<void> => {
      for (let round = 0; round < 15; round += 1) {
        const content = String.fromCharCode(97 + ((round + seed) % 26)).repeat(5 + 37 * round + seed);
        written.add(content);
        await writer.put('a', content);
      }
    };
    const reads = async (): Promise<number> => {
      let count = 0;
      for (; !isOver; count += 1) {
        const file = await reader.get('a');
        const text = await file?.readText().catch((error) => {
          expect(error).toBeInstanceOf(BlobSupersededError);
        });
        if (text === undefined) continue;
        expect(written).toContain(text);
        expect(file?.info?.sha256).toBe(sha256(text));
        expect(written).toContain(await reader.file('a').readText());
      }
      return count;
    };
    const reading = [reads(), reads()];
    await Promise.all([write(0), write(11)]);
    isOver = true;
    for (const count of await Promise.all(reading)) expect(count).toBeGreaterThan(5);
  });

  it('says that a generation is gone to a reader that was paused for longer than grace', async ({ client, other }) => {
    const writer = new BlobStorage(other, { ...SMALL, grace: 0, chunkSize: 10 });
    const reader = new BlobStorage(client);
    await writer.put('a', bytesOf(3_000));
    const file = (await reader.get('a')) as BlobFile;
    const stream = file.open();
    const pieces = stream.getReader();
    await pieces.read();
    const { etag } = await writer.put('a', 'short');
    await untilClean(other);
    // Chunks that were read ahead are still given.
    const rest = async (): Promise<void> => {
      for (;;) if ((await pieces.read()).done) return;
    };
    const error = await file.read().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BlobSupersededError);
    expect(error).toMatchObject({ id: 'a', retryable: true, code: 'BLOB_SUPERSEDED' });
    expect(String(error)).toContain('a newer one has replaced it');
    await rest().catch((thrown) => expect(thrown).toBeInstanceOf(BlobSupersededError));
    // The name goes on with the newest.
    expect(await reader.file('a').readText()).toBe('short');
    expect((await reader.info('a'))?.etag).toBe(etag);
  });

  it('says so also at a server that lags behind, and does not take it for a damaged one', async ({ client, other }) => {
    const rival = new BlobStorage(other, { ...SMALL, grace: 0 });
    const { etag } = await rival.put('a', bytesOf(300));
    const old = await client.getData('/blobs/m/a');
    let isBehind = true;
    const lagging = withMethods(client, {
      sync: async (path) => {
        await client.sync(path);
        isBehind = false;
      },
      getData: async (path) => (isBehind && path === '/blobs/m/a' ? old : client.getData(path)),
    });
    const file = await new BlobStorage(lagging, SMALL).get('a');
    const { etag: newer } = await rival.put('a', bytesOf(300, 1));
    expect(file?.info?.etag).toBe(etag);
    await untilClean(other, [newer]);
    await expect(file?.read()).rejects.toThrow(BlobSupersededError);
  });

  it('says that a generation is gone with its blob', async ({ client }) => {
    const blobs = new BlobStorage(client, { ...SMALL, grace: 0 });
    await blobs.put('a', bytesOf(300));
    const file = await blobs.get('a');
    await blobs.delete('a');
    await untilClean(client);
    await expect(file?.read()).rejects.toThrow('the blob was deleted');
    await expect(blobs.file('a').read()).rejects.toThrow(BlobNotFoundError);
  });

  it('reads a small blob of one generation for ever', async ({ client }) => {
    const blobs = new BlobStorage(client);
    await blobs.put('a', 'first');
    const file = await blobs.get('a');
    await blobs.put('a', 'second');
    await blobs.delete('a');
    expect(await file?.readText()).toBe('first');
    // Each read has bytes of its own.
    (await file?.read())?.fill(0);
    for await (const piece of file?.open() ?? []) piece.fill(0);
    expect(await file?.readText()).toBe('first');
    expect(await file?.exists()).toBe(false);
  });

  it.for([5, 5_000])('keeps %i bytes apart from those of a client, which may change', async (size, { client }) => {
    const content = bytesOf(size);
    await new BlobStorage(client).put('a', content);
    const given: Buffer[] = [];
    const getData = async (path: string): ReturnType<typeof client.getData> => {
      const found = await client.getData(path);
      given.push(found.data);
      return found;
    };
    const file = await new BlobStorage(withMethods(client, { getData })).get('a');
    expect(given.length).toBeGreaterThan(0);
    for (const data of given) data.fill(0);
    expect(await file?.read()).toEqual(content);
  });

  it.for([
    ['another byte in a chunk', (data: Buffer) => Buffer.from(data).fill(1, 3, 4), 'its SHA-256 is not'],
    ['a shorter chunk', (data: Buffer) => data.subarray(1), 'the length of chunk 1 is not'],
    ['no chunk', () => null, 'chunk 1 is missing'],
  ] as const)('refuses a blob with %s', async ([, damage, message], { client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const { etag } = await blobs.put('a', bytesOf(300));
    const path = `/blobs/c/${etag}/1`;
    const damaged = damage((await client.getData(path)).data);
    if (damaged) await client.setData(path, damaged);
    else await client.delete(path);
    const error = await blobs
      .file('a')
      .read()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BlobCorruptError);
    expect(error).toMatchObject({ id: 'a', path: '/blobs/m/a', retryable: false });
    expect(String(error)).toContain(message);
    // A stream is not given whole either.
    await expect(readStream(blobs.file('a').open())).rejects.toThrow(BlobCorruptError);
    // It can be written again.
    await blobs.put('a', 'sound');
    expect(await blobs.file('a').readText()).toBe('sound');
  });

  it.for([
    ['text without a header', 'hello'],
    ['JSON without its fields', '{}\nhello'],
    ['fewer bytes than it says', null],
    ['other bytes than it says', 'other'],
  ] as const)('refuses a manifest of %s, and lets it be replaced and deleted', async ([, data], { client }) => {
    const blobs = new BlobStorage(client);
    await blobs.put('a', 'hello');
    const sound = (await client.getData('/blobs/m/a')).data;
    const text = data === 'other' ? String(sound).replace('hello', 'hullo') : (data ?? String(sound).slice(0, -1));
    await client.setData('/blobs/m/a', text);
    for (const call of [() => blobs.get('a'), () => blobs.info('a'), () => blobs.file('a').read()])
      await expect(call()).rejects.toThrow(BlobCorruptError);
    await expect(blobs.put('a', 'x', { ifNoneMatch: '*' })).rejects.toThrow('there is a blob "a" already');
    await blobs.put('a', 'again');
    expect(await blobs.file('a').readText()).toBe('again');
    await client.setData('/blobs/m/a', text);
    expect(await blobs.delete('a')).toBe(true);
    expect(await blobs.info('a')).toBeNull();
  });

  it('has the newest with `sync`: its server catches up before each read', async ({ client, other }) => {
    await new BlobStorage(other).put('a', 'x');
    const requests: string[] = [];
    const counting = interrupted(client, (operation, path) => void requests.push(`${operation} ${path}`) as undefined);
    const blobs = new BlobStorage(counting, { sync: true });
    for (const read of [() => blobs.file('a').readText(), () => blobs.info('a'), () => blobs.get('a')]) {
      requests.length = 0;
      await read();
      expect(requests).toEqual(['sync /blobs', 'getData /blobs/m/a']);
    }
    requests.length = 0;
    expect((await all(blobs.list())).length).toBe(1);
    expect(requests[0]).toBe('sync /blobs');
    requests.length = 0;
    await new BlobStorage(counting).info('a');
    expect(requests).toEqual(['getData /blobs/m/a']);
  });
});

describe('a part of a blob', () => {
  it.for([
    [0, 300],
    [0, 1],
    [99, 100],
    [99, 101],
    [100, 200],
    [150, 151],
    [250, 999],
    [299, 300],
    [300, 400],
    [1_000, 2_000],
    [7, 7],
  ] as const)('from %i to %i, which is left out, is as of Blob.slice', async ([start, end], { client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const bytes = bytesOf(300);
    await blobs.put('a', bytes);
    await blobs.put('b', bytes.subarray(0, 9));
    expect((await readStream(blobs.file('a').open({ start, end }))).bytes).toEqual(bytes.subarray(start, end));
    const small = bytes.subarray(0, 9).subarray(start, end);
    expect((await readStream(blobs.file('b').open({ start, end }))).bytes).toEqual(small);
  });

  it('is read from its chunks alone', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const bytes = bytesOf(1_000);
    const { etag } = await blobs.put('a', bytes);
    for (const index of [0, 1, 2, 5, 6, 7, 8, 9]) await client.delete(`/blobs/c/${etag}/${index}`);
    const { bytes: part, pieces } = await readStream(blobs.file('a').open({ start: 350, end: 450 }));
    expect(part).toEqual(bytes.subarray(350, 450));
    expect(pieces).toEqual([50, 50]);
    await expect(readStream(blobs.file('a').open({ start: 350, end: 501 }))).rejects.toThrow('chunk 5 is missing');
  });

  it('is not read before it is asked for, nor after it was cancelled', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    await blobs.file('a').open().cancel();
    const stream = blobs.file('a').open();
    await blobs.put('a', bytesOf(300));
    const reader = stream.getReader();
    expect((await reader.read()).value?.length).toBe(100);
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
  });
});
