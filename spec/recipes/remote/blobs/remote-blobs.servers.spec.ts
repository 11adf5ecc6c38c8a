import { describe, expect } from 'vitest';
import { ConnectionLossError, InvalidArgumentError } from '../../../../lib/core/errors.js';
import {
  BlobChangedError,
  BlobStorage,
  BlobSupersededError,
  BlobTooLargeError,
  BlobValue,
} from '../../../../recipes/blobs/index.js';
import { REMOTE_BLOBS } from '../../../../recipes/remote/blobs/limits.js';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { eventually } from '../../../../testing/eventually.js';
import { replaceProperty } from '../../../../testing/replace-property.js';
import { it, serveHandler } from '../../../support/blob-servers.js';
import { all } from '../../../support/blobs.js';
import { rejectionOf } from '../../../support/rejection.js';

const RETRY = { minDelay: 5, maxDelay: 50 };

describe('a remote storage', () => {
  it('reads and writes blobs as the storage behind it does', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    await using blobs = new RemoteBlobStorage(url);
    expect([await blobs.info('a/ü'), await blobs.get('a/ü'), await blobs.delete('a/ü')]).toEqual([null, null, false]);
    const info = await blobs.put('a/ü', 'hello', { meta: { by: 'ü' } });
    expect(info).toEqual(await storage.info('a/ü'));
    expect(await blobs.info('a/ü')).toEqual(info);
    const file = await blobs.get('a/ü');
    expect([await file?.readText(), file?.info]).toEqual(['hello', info]);
    expect(await new Response(file?.open({ start: 1, end: 3 })).text()).toBe('el');
    expect(await rejectionOf(blobs.put('a/ü', 'x', { ifNoneMatch: '*' }))).toBeInstanceOf(BlobChangedError);
    expect(await rejectionOf(blobs.put('a/ü', 'x', { ifMatch: 'x' }))).toBeInstanceOf(BlobChangedError);
    const { etag } = await blobs.put('a/ü', 'x', { ifMatch: info.etag });
    expect(await rejectionOf(file?.read() as Promise<unknown>)).toBeInstanceOf(BlobSupersededError);
    expect(await rejectionOf(blobs.delete('a/ü', { ifMatch: info.etag }))).toBeInstanceOf(BlobChangedError);
    expect([await blobs.delete('a/ü', { ifMatch: etag }), await storage.info('a/ü')]).toEqual([true, null]);
    for (const store of [blobs, storage]) expect(await store.delete('a/ü', { ifMatch: etag })).toBe(false);
  });

  it('writes contents of all kinds, and lists them', async ({ client, serve }) => {
    const { url, storage } = await serve(client, { storage: new BlobStorage(client, { maxBlobSize: 1 << 20 }) });
    await using blobs = new RemoteBlobStorage(url);
    const bytes = Buffer.alloc(300_000, 7);
    const contents = [
      bytes,
      BlobValue.fromBytes(bytes, { mediaType: 'image/png' }),
      new Blob([bytes], { type: 'image/gif' }),
      new Blob([bytes]).stream(),
      (async function* () {
        yield bytes.subarray(0, 100);
        yield bytes.subarray(100);
      })(),
    ];
    for (const [index, content] of contents.entries()) await blobs.put(`all/${index}`, content as Uint8Array);
    await blobs.put('empty', '');
    await eventually(async () => (await all(blobs.list())).length === 6);
    const infos = await all(blobs.list('all/'));
    expect(infos.map(({ id, size, mediaType }) => [id, size, mediaType])).toEqual([
      ['all/0', 300_000, 'application/octet-stream'],
      ['all/1', 300_000, 'image/png'],
      ['all/2', 300_000, 'image/gif'],
      ['all/3', 300_000, 'application/octet-stream'],
      ['all/4', 300_000, 'application/octet-stream'],
    ]);
    expect((await blobs.file('all/3').read()).equals(bytes)).toBe(true);
    expect(await rejectionOf(blobs.put('a', Buffer.alloc((1 << 20) + 1)))).toBeInstanceOf(BlobTooLargeError);
    expect(await blobs.file('n').update((old) => `${Number(String(old ?? 0)) + 1}`)).toMatchObject({ size: 1 });
    expect(await storage.file('n').readText()).toBe('1');
  });

  it('asks the next server when one cannot answer', async ({ client, serve }) => {
    const { url } = await serve(client);
    const broken = await serveHandler(async () => new Response('hunter2', { status: 503 }));
    try {
      await using blobs = new RemoteBlobStorage(['http://127.0.0.1:1/', broken.url, url], { retry: RETRY });
      await blobs.put('a', '1');
      expect(await blobs.file('a').readText()).toBe('1');
    } finally {
      await broken.close();
    }
  });

  it('rejects once no server has answered, without its headers', async () => {
    const headers = { authorization: 'Bearer hunter2' };
    const options = { headers, retry: { ...RETRY, maxAttempts: 2 } };
    await using blobs = new RemoteBlobStorage('http://127.0.0.1:1/', options);
    const calls = [() => blobs.info('a'), () => blobs.put('a', '1'), () => blobs.delete('a'), () => all(blobs.list())];
    for (const call of calls) {
      const error = (await rejectionOf(call())) as Error;
      expect(error).toBeInstanceOf(ConnectionLossError);
      expect(`${error.stack}${JSON.stringify(error)}`).not.toContain('hunter2');
    }
  });

  it('sends a conditional write once only, as its outcome may be unknown', async () => {
    let requests = 0;
    const server = await serveHandler(async () => {
      requests += 1;
      return new Response(null, { status: 503 });
    });
    try {
      await using blobs = new RemoteBlobStorage(server.url, { retry: { ...RETRY, maxAttempts: 3 } });
      expect(await rejectionOf(blobs.put('a', '1', { ifMatch: 'x' }))).toBeInstanceOf(ConnectionLossError);
      expect(requests).toBe(1);
      expect(await rejectionOf(blobs.put('a', '1'))).toBeInstanceOf(ConnectionLossError);
      expect(requests).toBe(4);
    } finally {
      await server.close();
    }
  });

  it('rejects with the error of a content that breaks off, as the storage behind it does', async ({
    client,
    serve,
  }) => {
    const { url, storage } = await serve(client);
    await using blobs = new RemoteBlobStorage(url, { retry: { maxAttempts: 1 } });
    const broken = new Error('the source is gone');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(100);
      throw broken;
    }
    const open = () => Promise.reject(broken);
    for (const make of [breaking, () => new BlobValue({ size: async () => null, open })]) {
      for (const store of [blobs, storage]) expect(await rejectionOf(store.put('a', make()))).toBe(broken);
    }
    expect(await storage.info('a')).toBeNull();
  });

  it('lets go of a content that a server refuses before it has come', async ({ client, serve }) => {
    const { url } = await serve(client);
    await using blobs = new RemoteBlobStorage(url);
    let isLetGo = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(100_000);
      } finally {
        isLetGo = true;
      }
    }
    expect(await rejectionOf(blobs.put('a', endless(), { ifMatch: 'x' }))).toBeInstanceOf(BlobChangedError);
    await eventually(() => isLetGo, { describe: 'the end of the content' });
  });

  it('asks again when a server ends the connection with a 408', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    let requests = 0;
    const idle: typeof fetch = async (...request) => {
      requests += 1;
      return requests === 1 ? new Response(null, { status: 408 }) : fetch(...request);
    };
    await using blobs = new RemoteBlobStorage(url, { fetch: idle, retry: RETRY });
    expect(await blobs.put('a', '1')).toEqual(await storage.info('a'));
  });

  it.for(['close', 'time'] as const)('does not wait for ever for content that does not come: %s', async (end) => {
    const restore = replaceProperty(REMOTE_BLOBS, 'partWithin', end === 'time' ? 20 : 60_000);
    const info = { id: 'a', size: 2, media_type: 'a/b', etag: 'e', sha256: 'x', modified: '', position: '1', meta: {} };
    let [isBegun, isCancelled] = [false, false];
    const cancel = (): void => {
      isCancelled = true;
    };
    const standing: typeof fetch = async (url) => {
      if (String(url).endsWith('?info')) return Response.json(info);
      isBegun = true;
      return new Response(new ReadableStream({ cancel }));
    };
    try {
      await using blobs = new RemoteBlobStorage('http://h/', { fetch: standing });
      const reading = rejectionOf((await blobs.get('a'))?.read() as Promise<unknown>);
      await eventually(() => isBegun);
      if (end === 'close') await blobs.close();
      const code = end === 'close' ? 'CLIENT_CLOSED' : 'BLOB_URL_FAILED';
      expect(await reading).toMatchObject({ code });
      expect(isCancelled).toBe(true);
    } finally {
      restore();
    }
  });

  it('refuses arguments before anything is sent, and shows no secret', () => {
    for (const servers of ['', '/blobs', 'ftp://h/', 'http://user:hunter2@h/', 'http://h/?token=hunter2', [], [1]]) {
      expect(() => new RemoteBlobStorage(servers as never)).toThrow(InvalidArgumentError);
      expect(() => new RemoteBlobStorage(servers as never)).not.toThrow('hunter2');
    }
    for (const options of [{ headers: { a: 'hunter\n2' } }, { fetch: 1 }, { retry: { x: 1 } }, { header: {} }]) {
      expect(() => new RemoteBlobStorage('http://h/', options as never)).toThrow(InvalidArgumentError);
      expect(() => new RemoteBlobStorage('http://h/', options as never)).not.toThrow(/hunter/);
    }
  });
});
