import { describe, expect, it } from 'vitest';
import { decodeBlobId, encodeBlobId } from '../../../recipes/blobs/blob-id.js';
import { BlobStorage, type BlobStore } from '../../../recipes/blobs/index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { FakeBlobs } from '../../support/fake-blobs.js';

const WRONG_IDS: readonly [unknown, string][] = [
  [undefined, 'must be a string'],
  [7, 'must be a string'],
  ['', 'is empty'],
  ['/a', 'has an empty segment'],
  ['a/', 'has an empty segment'],
  ['a//b', 'has an empty segment'],
  ['.', 'must not have "." or ".." as a segment'],
  ['a/../b', 'must not have "." or ".." as a segment'],
  ['a\ud800', 'is no well-formed Unicode'],
  ['x'.repeat(2_049), 'is longer than 2048 bytes, %-encoded'],
  ['ü'.repeat(400), 'is longer than 2048 bytes, %-encoded'],
];

/** A function that gives or throws an error. */
const errorOf = async (call: () => unknown): Promise<{ code?: string; message?: string }> => {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  return { message: 'no error' };
};

describe('arguments that are not valid', () => {
  it.for(WRONG_IDS)('as the id %j are refused by every call, before anything is sent', async ([id, message]) => {
    const { storage, client } = new FakeBlobs();
    const wrong = id as string;
    const calls: ((store: BlobStore) => unknown)[] = [
      (store) => store.put(wrong, 'x'),
      (store) => store.info(wrong),
      (store) => store.get(wrong),
      (store) => store.delete(wrong),
      (store) => store.file(wrong),
      (store) => store.watch(wrong, () => {}),
    ];
    for (const call of calls) {
      const error = await errorOf(() => call(storage));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error.message).toContain(message);
    }
    expect(client.reads).toEqual([]);
  });

  it.for([
    [7, 'must be a string'],
    ['/', 'has an empty segment'],
    ['a//', 'has an empty segment'],
    ['../', 'must not have "." or ".."'],
    ['\ud800', 'is no well-formed Unicode'],
  ] as const)('as the prefix %j are refused', async ([prefix, message]) => {
    const { storage } = new FakeBlobs();
    for (const call of [() => storage.list(prefix as string), () => storage.watchAll(prefix as string, () => {})])
      expect((await errorOf(call)).message).toContain(message);
  });

  it.for([
    [{ mediaType: 'nothing' }, 'a media type must look as image/png does'],
    [{ mediaType: 'image/*' }, 'mediaType must be one media type'],
    [{ mediaType: 'text/plain\r\nX: y' }, 'a media type must look'],
    [{ meta: [] }, 'meta must be an object of strings, but is an empty array'],
    [{ meta: { a: 1 } }, 'each value of meta must be a string, but is a number'],
    [{ meta: { a: 'x'.repeat(17_000) } }, 'meta must be at most 16384 bytes as JSON, but is 17008'],
    [{ ifMatch: '' }, 'ifMatch must be the etag of a blob'],
    [{ ifMatch: 7 }, 'ifMatch must be the etag of a blob'],
    [{ ifNoneMatch: 'x' }, "ifNoneMatch must be '*'"],
    [{ ifMatch: 'x', ifNoneMatch: '*' }, 'must not be given together'],
    [{ signal: 7 }, 'signal must be an AbortSignal'],
    [{ typo: 1 }, 'options must be made of mediaType, meta, ifMatch, ifNoneMatch, signal'],
  ] as const)('as the options %j of a put are refused', async ([options, message]) => {
    const { storage, client } = new FakeBlobs();
    const error = await errorOf(() => storage.put('a', 'x', options as never));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error.message).toContain(message);
    expect(client.reads).toEqual([]);
  });

  it('as a content are refused, and not shown', async () => {
    const { storage } = new FakeBlobs();
    const stream = new Blob(['x']).stream();
    stream.getReader();
    for (const content of [undefined, null, 7, {}, ['secret'], stream]) {
      const error = await errorOf(() => storage.put('a', content as never));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error.message).toContain('content');
      expect(error.message).not.toContain('secret');
    }
  });

  it.for(['text', 'image/*'])('as the type %j of a web Blob are refused, unless another one is given', async (type) => {
    const { storage, client } = new FakeBlobs();
    const error = await errorOf(() => storage.put('a', new Blob(['x'], { type })));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(client.reads).toEqual([]);
    await errorOf(() => storage.put('a', new Blob(['x'], { type }), { mediaType: 'text/plain' }));
    expect(client.reads).not.toEqual([]);
  });

  it.for([
    [{ root: 'blobs' }, 'INVALID_PATH'],
    [{ chunkSize: 0 }, 'chunkSize must be a whole number of bytes from 1 to 1000000, but is 0'],
    [{ chunkSize: 1_000_001 }, 'chunkSize must be'],
    [{ inlineLimit: -1 }, 'inlineLimit must be a whole number of bytes from 0 to 900000'],
    [{ maxBlobSize: 1.5 }, 'maxBlobSize must be'],
    [{ grace: -1 }, 'grace must be'],
    [{ grace: 2 ** 31 }, 'grace must be'],
    [{ acl: [] }, 'acl must be'],
    [{ sync: 'yes' }, 'sync must be true or false'],
    [{ typo: 1 }, 'options must be made of root'],
  ] as const)('as the options %j of a storage are refused', async ([options, message]) => {
    const { client } = new FakeBlobs();
    const error = await errorOf(() => new BlobStorage(client, options as never));
    expect(`${error.code} ${error.message}`).toContain(message);
  });

  it('as a client are refused', async () => {
    for (const client of [undefined, {}, new FakeClient()]) {
      expect(await errorOf(() => new BlobStorage(client as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect((await errorOf(() => new BlobStorage(new FakeClient() as never))).message).toBe(
      'client must be a client with transaction(), such as a ZooKeeperClient, but is an object',
    );
  });

  it('of a watch, a range, an update and a collection are refused', async () => {
    const { storage, client } = new FakeBlobs();
    const file = storage.file('a');
    const calls: [() => unknown, string][] = [
      [() => storage.watch('a', null as never), 'callback must be a function'],
      [() => storage.watch('a', () => {}, { maxIdleTimeout: 0 }), 'maxIdleTimeout must be'],
      [() => storage.watch('a', () => {}, { maxIdleTimeout: 2 ** 31 }), 'maxIdleTimeout must be'],
      [() => storage.watch('a', () => {}, { initial: 1 as never }), 'initial must be true or false'],
      [() => storage.watchAll('a', () => {}, { signal: 1 as never }), 'signal must be'],
      [() => storage.watchAll('a', () => {}, { typo: 1 } as never), 'options must be made of maxIdleTimeout'],
      [() => storage.watch('a', () => {}).on('typo' as never, () => {}), 'event must be one of'],
      [() => storage.delete('a', { ifMatch: '' }), 'ifMatch must be'],
      [() => storage.collectGarbage({ grace: -1 }), 'grace must be'],
      [() => file.open({ start: -1, end: 2 }), 'start must be a whole number of bytes from 0, but is -1'],
      [() => file.open({ start: 0 } as never), 'end must be'],
      [() => file.open({ start: 2, end: 1 }), 'end must not be below start, but is 1, and start is 2'],
      [() => file.update(null as never), 'change must be a function'],
    ];
    for (const [call, message] of calls) {
      const error = await errorOf(call);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error.message).toContain(message);
    }
    storage.stopAllWatches();
    client.become('closed');
  });
});

describe('ids as paths', () => {
  it.for(['a', 'a/b', 'a b', 'ü/日本', '%2F', "-_.!~*'()", 'a/.b/..c'])('%j is encoded and decoded', (id) => {
    expect(encodeBlobId(id)).toMatch(/^[\w\-.!~*'()%/]+$/);
    expect(decodeBlobId(encodeBlobId(id))).toBe(id);
  });

  it.for(['', 'a//b', '%', '%zz', '%61', 'a%2fb', 'a b', 'ü', '..', '%2E%2E'])(
    '%j is no id that was encoded',
    (text) => {
      expect(decodeBlobId(text)).toBeNull();
    },
  );
});
