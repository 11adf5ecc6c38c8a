import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { createBlobHandler } from '../../../../lib/http/index.js';
import { BlobRegistry, BlobStorage, type BlobStore } from '../../../../recipes/blobs/index.js';
import { BLOBS } from '../../../../recipes/blobs/limits.js';
import { eventually } from '../../../../testing/eventually.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { scaled } from '../../../../testing/time-factor.js';
import { it } from '../../../support/blob-servers.js';
import { untilClean, untilUploading } from '../../../support/blobs.js';
import { rawExchange } from '../../../support/raw-exchange.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

/** Sends bytes as they are, and resolves with the statuses that come back until the connection ends. */
async function raw(port: number, text: string, isLast = false): Promise<string[]> {
  const answer = await rawExchange(port, text, isLast);
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status);
}

describe('a path', () => {
  it('leads to no other blob, and to nothing outside, whatever is in it', async ({ client, serve, port: _port }) => {
    const asked: unknown[] = [];
    const { port, storage, logger } = await serve(client, {
      base: '/api',
      authorize: (_request, { id }) => {
        asked.push(id);
        return true;
      },
    });
    await storage.put('a/b', 'secret');
    const paths = [
      '/blobs/a/b',
      '/apiblobs/a/b',
      '/api/blobs/',
      '/api/blobs//a/b',
      '/api/blobs/a//b',
      '/api/blobs/a/b/',
      '/api/blobs/a%2Fb',
      '/api/blobs/a%2fb',
      '/api/blobs/%',
      '/api/blobs/%C3%28',
      '/api/blobs/%ED%A0%80',
      '/api/blobs/%C0%AF',
      '/api/blobs/%C0%AE%C0%AE/a/b',
      '/api/blobs/%FF',
      '/api/blobs/\0',
      '/api/blobs/..%2f..%2fa',
      `/api/blobs/${'x'.repeat(3_000)}`,
      '/api/values/a/b',
      '/api/watch/',
    ];
    for (const path of paths) {
      const [status] = await raw(port, `GET ${path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`);
      expect([path, ['400', '404'].includes(`${status}`)]).toEqual([path, true]);
    }
    expect(asked).toEqual([]);
    for (const path of ['/api/x/../blobs/a/b', '/api/blobs/x/%2e%2e/a/./b', '//api/../api/blobs/a/b'])
      expect([path, await raw(port, `GET ${path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`)]).toEqual([
        path,
        [path.startsWith('//') ? '404' : '200'],
      ]);
    expect(asked.splice(0)).toEqual(['a/b', 'a/b']);
    // Other ids, of which there is no blob.
    for (const path of ['/api/blobs/a%252Fb', '/api/blobs/a/b%00', '/api/blobs/A/b'])
      expect(await raw(port, `GET ${path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n`)).toEqual(['404']);
    expect(asked).toEqual(['a%2Fb', 'a/b\u0000', 'A/b']);
    expect(logger.messages('warn')).toEqual(['the blob handler refused requests with 400']);
  });
});

describe('a media type', () => {
  it('injects no header, whoever has stored it', async ({ client, serve }) => {
    const { url, storage, port } = await serve(client);
    for (const type of ['text/html\r\nset-cookie: a=b', 'x', 'text/*', 'a/b;c="\u0001"']) {
      const head = `PUT /blobs/a HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\nconnection: close\r\ncontent-type: ${type}`;
      const statuses = await raw(port, `${head}\r\n\r\nx`);
      if (!type.includes('\r')) expect([type, statuses]).toEqual([type, ['400']]);
    }
    // Into a handler by another store.
    const info = await storage.put('b', 'x');
    const evil = { ...info, mediaType: 'text/html\r\nset-cookie: a=b' };
    const file = { info: evil, open: () => new Blob(['x']).stream() };
    const store = { get: async () => file, watchAll: () => {} } as unknown as BlobStore;
    const response = await createBlobHandler({ storage: store })(new Request(`${url}blobs/b`));
    expect([response.headers.get('content-type'), response.headers.get('set-cookie')]).toEqual([
      'application/octet-stream',
      null,
    ]);
  });
});

describe('a description', () => {
  it('injects no header either, and changes no object of ours', async ({ client, serve }) => {
    const { url } = await serve(client);
    const text = '{"a":"x\\r\\nset-cookie: a=b","__proto__":"own","\\ud800":"\\udfff","\\u0000":""}';
    const headers = { 'blob-meta': encodeURIComponent(text) };
    const put = await fetch(`${url}blobs/x/a%22%0D%0Ab.html`, { method: 'PUT', body: 'x', headers });
    const got = await fetch(`${url}blobs/x/a%22%0D%0Ab.html`);
    for (const response of [put, got]) expect(response.headers.get('set-cookie')).toBeNull();
    expect([put.status, got.headers.get('content-disposition')]).toEqual([
      201,
      "attachment; filename*=UTF-8''a%22%0D%0Ab.html",
    ]);
    const { meta } = (await (await fetch(`${url}blobs/x/a%22%0D%0Ab.html?info`)).json()) as { meta: object };
    expect(Object.entries(meta)).toEqual(Object.entries(JSON.parse(text)));
    expect(Object.getPrototypeOf(meta)).toBe(Object.prototype);
  });
});

describe('a body', () => {
  it('that is not as long as its request says, or breaks off, changes nothing', async ({ client, serve }) => {
    const { port, storage, logger } = await serve(client);
    await storage.put('a', 'before');
    const put = 'PUT /blobs/a HTTP/1.1\r\nhost: h\r\n';
    await raw(port, `${put}content-length: 100\r\n\r\nshort`, true);
    await raw(port, `${put}transfer-encoding: chunked\r\n\r\n5\r\nshort\r\n`, true);
    await raw(port, `${put}content-length: -5\r\n\r\nshort`);
    await raw(port, `${put}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`);
    await raw(port, `${put}transfer-encoding: chunked\r\n\r\nzz\r\nshort\r\n0\r\n\r\n`);
    expect(await storage.file('a').readText()).toBe('before');
    await eventually(async () => (await client.getChildren('/blobs/u')).children.length === 0);
    expect(logger.messages('error')).toEqual([]);
  });

  it('whose length is a lie is refused where no server checks it', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const handler = createBlobHandler({ storage, writable: true, logger: new RecordingLogger() });
    for (const length of ['3', '7', 'x', '-1', '1e3']) {
      const headers = { 'content-length': length };
      const response = await handler(new Request(`${url}blobs/a`, { method: 'PUT', body: 'hello', headers }));
      expect([length, response.status]).toEqual([length, 400]);
    }
    expect(await storage.info('a')).toBeNull();
  });

  it.for(['content-length: 100000\r\n\r\n', 'transfer-encoding: chunked\r\n\r\n1f4\r\n'])(
    'whose client leaves is given up with it: the upload ends, and nothing of it is left (%j)',
    async (head, { client, other, serve }) => {
      const { port, storage, logger } = await serve(client, { storage: new BlobStorage(client, SMALL) });
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(`PUT /blobs/a HTTP/1.1\r\nhost: h\r\n${head}${'x'.repeat(500)}`);
      await untilUploading(other);
      socket.resetAndDestroy();
      await untilClean(other);
      expect(await storage.info('a')).toBeNull();
      expect([logger.messages('warn'), logger.messages('error')]).toEqual([[], []]);
    },
  );

  it('of two lengths is not written, nor is what follows it taken for a request of its own', async ({
    client,
    serve,
  }) => {
    const { port, storage } = await serve(client);
    const smuggled = 'PUT /blobs/b HTTP/1.1\r\nhost: h\r\ncontent-length: 1\r\n\r\nx';
    const put = 'PUT /blobs/a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n';
    const both = `${put}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`;
    const twice = `${put}content-length: 5\r\ncontent-length: 6\r\n\r\nshort!${smuggled}`;
    expect([await raw(port, both), await raw(port, twice)]).toEqual([['400'], ['400']]);
    expect(await storage.info('a')).toBeNull();
    expect(await storage.info('b')).toBeNull();
  });

  it('with encodings, parts and descriptions that are not understood is refused', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const put = async (headers: Record<string, string>) =>
      (await fetch(`${url}blobs/a`, { method: 'PUT', body: 'x', headers })).status;
    expect(await put({ 'content-encoding': 'gzip' })).toBe(415);
    expect(await put({ 'content-range': 'bytes 0-0/2' })).toBe(400);
    for (const meta of [
      'x',
      '%',
      '[]',
      '1',
      '{"a":1}',
      'null',
      encodeURIComponent(JSON.stringify({ a: 'x'.repeat(5_000) })),
    ])
      expect([meta.slice(0, 9), await put({ 'blob-meta': meta })]).toEqual([
        meta.slice(0, 9),
        meta.length > 99 ? 201 : 400,
      ]);
    expect((await storage.info('a'))?.size).toBe(1);
  });
});

describe('an answer that nobody reads', () => {
  it('has a window of chunks in memory, and none once it is let go', async ({ client, serve }) => {
    let reads = 0;
    const counting = new Proxy(client, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (key === 'getData' && `${args[0]}`.startsWith('/blobs/c/')) reads += 1;
          return value.apply(target, args);
        };
      },
    });
    const chunkSize = BLOBS.window / 4;
    const { storage } = await serve(counting, { storage: new BlobStorage(counting, { chunkSize }) });
    await storage.put('a', Buffer.alloc(12 * chunkSize));
    const handler = createBlobHandler({ storage });
    const left = await Promise.all([1, 2, 3].map(() => handler(new Request('http://h/blobs/a'))));
    await client.sync('/');
    expect(reads).toBe(3 * 4);
    await Promise.all(left.map(({ body }) => body?.cancel()));
    await client.sync('/');
    expect(reads).toBe(3 * 4);
  });
});

describe('a request for changes', () => {
  it('with a million ids is refused, and not held in memory', async ({ client, serve }) => {
    const { url, port, storage, logger } = await serve(client);
    const before = process.memoryUsage().rss;
    const body = JSON.stringify({ ids: Array.from({ length: 1_000_000 }, (_, index) => `id-${index}`) });
    const headers = { 'content-type': 'application/json' };
    for (let round = 0; round < 3; round += 1)
      expect((await fetch(`${url}watch`, { method: 'POST', headers, body })).status).toBe(413);
    const many = `id=a&`.repeat(1_000_000);
    expect(await raw(port, `GET /watch?${many} HTTP/1.1\r\nhost: h\r\n\r\n`)).toEqual(['431']);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 << 20);
    expect((await storage.put('a', 'x')).size).toBe(1);
    expect(logger.messages('error')).toEqual([]);
    expect(logger.messages('warn')).toEqual(['the blob handler refused requests with 413']);
  });

  it('as JSON of any shape is refused, and one of another type', async ({ client, serve }) => {
    const { url, logger } = await serve(client);
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '{"ids":"a"}',
      '{"ids":[1]}',
      '{"ids":[null]}',
      '{"ids":[["a"]]}',
      '{"ids":["a"],"since":1}',
      '{"ids":["a"],"since":{}}',
      '{"ids":["a"],"wait":"x"}',
      '{"ids":["a"],"wait":{}}',
      '{"ids":["a"],"cursor":{}}',
      '{"prefixes":["/"]}',
      '{"prefixes":[{}]}',
      '{"ids":["\\ud800"]}',
      '{"ids":["a\\u0000/../b"]}',
      '{"ids":["a"],"wait":1e999}',
      `{"ids":["a"],"since":"${'9'.repeat(200_000)}"}`,
      `{"ids":["a"],"cursor":"${'c'.repeat(200_000)}"}`,
      `{"ids":["${'i'.repeat(200_000)}"]}`,
      '{"__proto__":{"ids":["a"]}}',
      `${'['.repeat(100_000)}`,
      `{"ids":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `${'{"ids":'.repeat(30_000)}[]${'}'.repeat(30_000)}`,
      `{"ids":[${'"a",'.repeat(50_000)}"a"]}`,
      `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`)}}`,
    ];
    const begun = performance.now();
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}watch`, { method: 'POST', headers, body });
      expect([body.slice(0, 40), response.status]).toEqual([body.slice(0, 40), 400]);
    }
    expect(performance.now() - begun).toBeLessThan(scaled(5_000));
    const plain = await fetch(`${url}watch`, { method: 'POST', body: '{"ids":["a"]}' });
    expect(plain.status).toBe(400);
    expect(logger.messages('warn')).toEqual(['the blob handler refused requests with 400']);
    expect(logger.messages('error')).toEqual([]);
  });
});

describe('createBlobHandler refuses', () => {
  it.for<[string, unknown]>([
    ['nothing', undefined],
    ['nothing to serve', {}],
    ['an unknown option', { registry: new BlobRegistry(), writeable: true }],
    ['something else than a storage', { storage: {} }],
    ['something else than a registry', { registry: {} }],
    ['a base that is no path', { registry: new BlobRegistry(), base: 'api' }],
    ['a time that is none', { registry: new BlobRegistry(), maxWait: '1s' }],
    ['a number that is none', { registry: new BlobRegistry(), maxWaiters: -1 }],
    ['media types that are none', { registry: new BlobRegistry(), inline: ['image'] }],
    ['authorize that is no function', { registry: new BlobRegistry(), authorize: true }],
    ['a logger that is none', { registry: new BlobRegistry(), logger: {} }],
  ])('%s', ([, options]) => {
    expect(() => createBlobHandler(options as never)).toThrow(InvalidArgumentError);
  });
});
