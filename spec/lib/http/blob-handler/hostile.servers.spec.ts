import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect } from 'vitest';
import { InvalidArgumentError } from '../../../../lib/core/errors.js';
import { createBlobHandler } from '../../../../lib/http/index.js';
import { BlobRegistry, type BlobStore } from '../../../../recipes/blobs/index.js';
import { eventually } from '../../../../testing/eventually.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { it } from '../../../support/blob-servers.js';
import { rawExchange } from '../../../support/raw-exchange.js';

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
    expect(asked).toEqual(['a/b', 'a/b']);
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

  it('that never comes is given up with its client', async ({ client, serve }) => {
    const { port, storage } = await serve(client);
    const socket = connect(port, '127.0.0.1');
    socket.write('PUT /blobs/a HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\n');
    for (let sent = 0; sent < 5; sent += 1) {
      socket.write('x');
      await new Promise(setImmediate);
    }
    socket.destroy();
    await once(socket, 'close');
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/blobs/a`)).status === 404);
    expect(await storage.info('a')).toBeNull();
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
      `${'['.repeat(100_000)}`,
    ];
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}watch`, { method: 'POST', headers, body });
      expect([body.slice(0, 40), response.status]).toEqual([body.slice(0, 40), 400]);
    }
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
