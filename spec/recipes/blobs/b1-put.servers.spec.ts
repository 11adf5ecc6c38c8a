import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { NoAuthError } from '../../../index.js';
import { BlobStorage, BlobTooLargeError, BlobValue } from '../../../recipes/blobs/index.js';
import {
  bytesOf,
  interrupted,
  namesBelow,
  readStream,
  sha256,
  storedParts,
  untilClean,
  untilUploading,
} from '../../support/blobs.js';
import { temporaryDirectory } from '../../support/file-trees.js';
import { it } from '../../support/fixtures.js';
import { withMethods } from '../../support/with-methods.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

describe('B1: put', () => {
  it.for([0, 1, 9, 10, 11, 99, 100, 101, 199, 200, 201, 1_000, 1_001])(
    'keeps %i bytes, inline up to inlineLimit, else in chunks of chunkSize',
    async (size, { client, other }) => {
      const blobs = new BlobStorage(client, SMALL);
      const bytes = bytesOf(size);
      const info = await blobs.put('a', bytes);
      expect(info).toMatchObject({ id: 'a', size, sha256: sha256(bytes), mediaType: 'application/octet-stream' });

      const file = await new BlobStorage(other).get('a');
      expect(file?.info).toEqual(info);
      expect(await file?.read()).toEqual(bytes);
      expect((await readStream((file as NonNullable<typeof file>).open())).bytes).toEqual(bytes);
      const chunks = size <= 10 ? [] : await namesBelow(client, `/blobs/c/${info.etag}`);
      expect(chunks.length).toBe(size <= 10 ? 0 : Math.ceil(size / 100));
      for (const [index, name] of chunks.sort((one, two) => Number(one) - Number(two)).entries()) {
        const { data } = await client.getData(`/blobs/c/${info.etag}/${name}`);
        expect(data).toEqual(bytes.subarray(index * 100, (index + 1) * 100));
      }
    },
  );

  it.for([65_535, 65_536, 65_537, 524_288, 1_048_576, 1_048_577])(
    'keeps %i bytes with the default sizes',
    async (size, { client }) => {
      const blobs = new BlobStorage(client);
      const bytes = bytesOf(size, 3);
      const info = await blobs.put('a', bytes);
      expect((await blobs.file('a').read()).equals(bytes)).toBe(true);
      const chunks = await namesBelow(client, `/blobs/c/${info.etag}`);
      expect(chunks.length).toBe(size <= 65_536 ? 0 : Math.ceil(size / 524_288));
    },
  );

  it.for([3, 47, 48, 100, 101, 1_000])(
    'takes a piece of %i bytes before it asks for the next one, which may have its memory',
    async (length, { client }) => {
      const blobs = new BlobStorage(client, { ...SMALL, inlineLimit: 48 });
      const memory = new Uint8Array(length);
      const fill = (index: number): Uint8Array => memory.fill(index + 1);
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 16; index += 1) yield fill(index);
      }
      let pulled = 0;
      const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        if (pulled === 16) controller.close();
        else controller.enqueue(fill(pulled++));
      };
      await blobs.put('iterable', pieces());
      await blobs.put('stream', new ReadableStream({ pull }, { highWaterMark: 0 }));
      const expected = Buffer.concat(Array.from({ length: 16 }, (_, index) => Buffer.alloc(length, index + 1)));
      expect(await blobs.file('iterable').read()).toEqual(expected);
      expect(await blobs.file('stream').read()).toEqual(expected);
    },
  );

  it('keeps a file that is larger than a chunk, again and again, beside others', async ({ client }) => {
    const folder = temporaryDirectory();
    // A client may look at the data as late as when it sends it.
    const create = async (...args: Parameters<typeof client.create>): Promise<string> => {
      await new Promise(setImmediate);
      return client.create(...args);
    };
    const blobs = new BlobStorage(withMethods(client, { create }));
    const contents = [5_000_000, 5_000_001, 1_048_576].map((size, seed) => bytesOf(size, seed));
    const values = await Promise.all(
      contents.map(async (content, index) => {
        const file = join(folder, `${index}`);
        await writeFile(file, content);
        return BlobValue.fromFile(file);
      }),
    );
    for (let round = 0; round < 2; round += 1) {
      await Promise.all(values.map((value, index) => blobs.put(`${index}`, value)));
      for (const [index, content] of contents.entries())
        expect((await blobs.file(`${index}`).read()).equals(content)).toBe(true);
    }
  });

  it('keeps every kind of content, with the media type that it has of its own', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const bytes = bytesOf(250);
    const text = 'grüße '.repeat(30);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < 250; start += 33) yield bytes.subarray(start, start + 33);
    }
    const contents = [
      [bytes, 'application/octet-stream', bytes],
      [new Uint8Array(bytes), 'application/octet-stream', bytes],
      [text, 'text/plain;charset=utf-8', Buffer.from(text)],
      [new Blob([bytes], { type: 'image/png' }), 'image/png', bytes],
      [new Blob([bytes]), 'application/octet-stream', bytes],
      [new Blob([bytes]).stream(), 'application/octet-stream', bytes],
      [pieces(), 'application/octet-stream', bytes],
      [BlobValue.fromBytes(bytes, { mediaType: 'application/json' }), 'application/json', bytes],
    ] as const;
    for (const [content, mediaType, expected] of contents) {
      const info = await blobs.put('a', content);
      expect(info).toMatchObject({ mediaType, size: expected.length, sha256: sha256(expected) });
      expect(await blobs.file('a').read()).toEqual(expected);
    }
    expect(await blobs.put('a', 'x', { mediaType: 'text/html' })).toMatchObject({ mediaType: 'text/html' });
  });

  it('keeps meta, and says when and at which zxid it was written, by the server', async ({ client, other }) => {
    const blobs = new BlobStorage(client);
    const meta = { author: 'me', __proto__x: '1', 'a key': 'é "quoted"\n' };
    const info = await blobs.put('a', 'x', { meta });
    expect(info.meta).toEqual(meta);
    const { stat } = await other.getData('/blobs/m/a');
    expect(info.position).toBe(stat.mzxid);
    expect(info.modified.getTime()).toBe(stat.mtime);
    expect(await new BlobStorage(other).info('a')).toEqual(info);
  });

  it('has at most 2 MiB of chunks on their way', async ({ proxied, proxy }) => {
    const blobs = new BlobStorage(proxied, { chunkSize: 524_288 });
    let [inFlight, most] = [0, 0];
    const large = new Set<number>();
    proxy.transform((frame) => {
      if (frame.length > 500_000) {
        large.add(frame.readInt32BE(0));
        inFlight += 1;
        most = Math.max(most, inFlight);
      }
      return frame;
    }, 'to-server');
    proxy.transform((frame) => {
      if (large.delete(frame.readInt32BE(0))) inFlight -= 1;
      return frame;
    });
    await blobs.put('a', bytesOf(4 * 1024 * 1024));
    expect(most).toBe(4);
  });

  it('is visible by one transaction: no reader, and no watch, sees anything before', async ({ client, other }) => {
    const reader = new BlobStorage(other, SMALL);
    const states: (number | null)[] = [];
    const watch = reader.watch('a/b/c', (file) => void states.push(file?.info?.size ?? null));
    await watch.ready;
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield bytesOf(300);
      await ended;
    }
    const put = new BlobStorage(client, SMALL).put('a/b/c', slow());
    const generation = await untilUploading(other);
    expect(await reader.info('a/b/c')).toBeNull();
    expect(await other.exists('/blobs/m/a')).toBeNull();
    end();
    const { etag } = await put;
    expect(etag).toBe(generation);
    expect((await reader.info('a/b/c'))?.etag).toBe(etag);
    await untilClean(other, [etag]);
    watch.stop();
    expect(states.slice(0, 1)).toEqual([null]);
  });

  it('refuses a content above maxBlobSize: at once where its size is known', async ({ client, makeClient }) => {
    const limits = { ...SMALL, maxBlobSize: 250 };
    const blobs = new BlobStorage(client, limits);
    await blobs.put('a', bytesOf(250));
    await expect(blobs.put('a', bytesOf(251))).rejects.toThrow(BlobTooLargeError);
    await expect(blobs.put('a', new Blob([bytesOf(251)]).stream())).rejects.toThrow(BlobTooLargeError);
    expect(await blobs.file('a').read()).toEqual(bytesOf(250));

    // A client that is not connected can send nothing.
    await expect(new BlobStorage(makeClient(), limits).put('a', bytesOf(251))).rejects.toThrow(
      'the content of "a" is larger than the 250 bytes of maxBlobSize',
    );
  });

  it('takes a content whose source fails for nothing', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytesOf(150);
      throw new Error('the disk is gone');
    }
    await expect(blobs.put('a', failing())).rejects.toThrow('the disk is gone');
    await expect(blobs.put('a', notBytes() as never)).rejects.toThrow('each piece of content must be a Buffer');
    expect(await blobs.info('a')).toBeNull();
    await untilClean(client);
  });
});

async function* notBytes(): AsyncGenerator<unknown> {
  yield bytesOf(150);
  yield 'a string';
}

describe('B1: an upload', () => {
  it('of which a chunk is refused, whichever it is, rejects and changes nothing', async ({ client, other }) => {
    for (const index of [0, 1, 2]) {
      const refusing = interrupted(client, (operation, path) =>
        operation === 'create' && path.endsWith(`/${index}`) ? Promise.reject(new NoAuthError('refused')) : undefined,
      );
      await expect(new BlobStorage(refusing, SMALL).put('a', bytesOf(250))).rejects.toThrow('refused');
      expect(await new BlobStorage(other).info('a')).toBeNull();
    }
    await untilClean(other);
  });

  it('that a collector has taken for garbage, as its marker was gone, begins again', async ({ client, other }) => {
    let takeAway: (() => Promise<unknown>) | undefined = async () => {
      takeAway = undefined;
      await other.delete(`/blobs/u/${(await storedParts(other)).markers[0]}`);
      await new BlobStorage(other).collectGarbage({ grace: 0 });
    };
    const slow = interrupted(client, (operation, path) =>
      operation === 'create' && path.endsWith('/2') ? takeAway?.() : undefined,
    );
    const { etag } = await new BlobStorage(slow, SMALL).put('a', bytesOf(250));
    expect(await new BlobStorage(other).file('a').read()).toEqual(bytesOf(250));
    await untilClean(other, [etag]);
  });

  it('keeps the bytes of each piece, of a source that gives the same memory again', async ({ client }) => {
    async function* content(): AsyncGenerator<Uint8Array> {
      const memory = Buffer.alloc(100);
      for (let nth = 0; nth < 3; nth += 1) yield memory.fill(nth);
    }
    // As while there is no connection.
    const slow = interrupted(client, (operation, path) =>
      operation === 'create' && /\/\d$/.test(path) ? new Promise((resolve) => setImmediate(resolve)) : undefined,
    );
    await new BlobStorage(slow, SMALL).put('a', content());
    const expected = Buffer.concat([0, 1, 2].map((nth) => Buffer.alloc(100, nth)));
    expect(await new BlobStorage(client).file('a').read()).toEqual(expected);
  });

  it('makes the znodes again that all blobs share', async ({ client, other }) => {
    const blobs = new BlobStorage(client, SMALL);
    const { etag } = await blobs.put('a', bytesOf(250));
    await untilClean(other, [etag]);
    await other.delete('/blobs/r');
    await blobs.put('b', 'x');
    expect(await blobs.file('b').readText()).toBe('x');
  });
});
