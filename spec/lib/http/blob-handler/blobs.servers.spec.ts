import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { describe, expect } from 'vitest';
import type { WireBlob } from '../../../../recipes/blobs/faces.js';
import { BlobRegistry, BlobStorage, BlobValue } from '../../../../recipes/blobs/index.js';
import { it } from '../../../support/blob-servers.js';

const LARGE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 13) % 256));

describe('H1: GET and HEAD of a blob', () => {
  it('answer with its type, strong etag, length and date, and are to be asked again', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const info = await storage.put('a b/ü.json', '{"a":1}', { mediaType: 'application/json' });
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${url}blobs/a%20b/%C3%BC.json`, { method });
      expect([response.status, await response.text()]).toEqual([200, method === 'GET' ? '{"a":1}' : '']);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/json',
        etag: `"${info.etag}"`,
        'content-length': '7',
        'accept-ranges': 'bytes',
        'last-modified': info.modified.toUTCString(),
        'cache-control': 'no-cache',
      });
    }
  });

  it('of one generation may be kept for ever, and of another one are 404', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const { etag } = await storage.put('a', '1');
    const first = await fetch(`${url}blobs/a?generation=${etag}`);
    expect([await first.text(), first.headers.get('cache-control')]).toEqual([
      '1',
      'public, max-age=31536000, immutable',
    ]);
    await storage.put('a', '2');
    expect((await fetch(`${url}blobs/a?generation=${etag}`)).status).toBe(404);
    expect((await fetch(`${url}blobs/b`)).status).toBe(404);
  });

  it('give the description as JSON with ?info', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const info = await storage.put('a', '1', { meta: { by: 'me, ü' } });
    const described = (await (await fetch(`${url}blobs/a?info`)).json()) as WireBlob;
    expect(described).toMatchObject({ id: 'a', size: 1, etag: info.etag, meta: { by: 'me, ü' } });
    expect([described.position, described.modified]).toEqual([`${info.position}`, info.modified.toISOString()]);
  });

  it('H2: give bytes of the generation of the etag, while others write', async ({ client, other, serve }) => {
    const { url, storage } = await serve(client);
    const writer = new BlobStorage(other, { chunkSize: 1_000, inlineLimit: 0, grace: 0 });
    const written = new Map<string, number>();
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round = (round + 1) % 250)
        written.set((await writer.put('a', Buffer.alloc(9_000, round))).etag, round);
    })();
    const seen: [string, Buffer][] = [];
    while (seen.length < 20) {
      const response = await fetch(`${url}blobs/a`).catch(() => null);
      if (response?.status !== 200) continue;
      const body = await response.arrayBuffer().catch(() => null);
      if (body) seen.push([`${response.headers.get('etag')}`.replaceAll('"', ''), Buffer.from(body)]);
    }
    isOver = true;
    await writing;
    for (const [etag, body] of seen) expect(body.equals(Buffer.alloc(9_000, written.get(etag)))).toBe(true);
    expect(await storage.info('a')).not.toBeNull();
  });
});

describe('H3: conditions and ranges', () => {
  it('lead to 304, 412 and 206 as RFC 9110 has it', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const { etag } = await storage.put('a', '0123456789');
    const get = async (headers: Record<string, string>) => {
      const response = await fetch(`${url}blobs/a`, { headers });
      return [response.status, await response.text(), response.headers.get('content-range')];
    };
    expect(await get({ 'if-none-match': `"x", "${etag}"` })).toEqual([304, '', null]);
    expect(await get({ 'if-none-match': `W/"${etag}"` })).toEqual([304, '', null]);
    expect(await get({ 'if-none-match': '*' })).toEqual([304, '', null]);
    expect((await get({ 'if-none-match': '"x"' }))[0]).toBe(200);
    expect((await get({ 'if-match': `"${etag}"` }))[0]).toBe(200);
    expect((await get({ 'if-match': `W/"${etag}"` }))[0]).toBe(412);
    expect((await get({ 'if-match': '"x"' }))[0]).toBe(412);
    expect(await get({ range: 'bytes=2-4' })).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await get({ range: 'bytes=7-' })).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await get({ range: 'bytes=-3' })).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await get({ range: 'bytes=10-' })).toEqual([416, '', 'bytes */10']);
    expect(await get({ range: 'bytes=0-1,3-4' })).toEqual([200, '0123456789', null]);
    expect((await get({ range: 'bytes=2-4', 'if-range': `"${etag}"` }))[0]).toBe(206);
    expect((await get({ range: 'bytes=2-4', 'if-range': '"x"' }))[0]).toBe(200);
    expect((await get({ range: 'bytes=2-4', 'if-range': new Date().toUTCString() }))[0]).toBe(200);
  });

  it('a HEAD has no range, and no body', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    await storage.put('a', '0123456789');
    const head = await fetch(`${url}blobs/a`, { method: 'HEAD', headers: { range: 'bytes=2-4' } });
    const { status, headers } = head;
    expect([status, headers.get('content-length'), headers.get('content-range')]).toEqual([200, '10', null]);
  });

  it('read only the chunks of a range', async ({ client, serve }) => {
    const storage = new BlobStorage(client, { chunkSize: 1_000, inlineLimit: 0 });
    const { url } = await serve(client, { storage });
    await storage.put('a', LARGE);
    const [chunks] = (await client.getChildren('/blobs/c')).children;
    await client.delete(`/blobs/c/${chunks}/7`);
    const read = async (range: string) => (await fetch(`${url}blobs/a`, { headers: { range } })).arrayBuffer();
    expect(Buffer.from(await read('bytes=100500-102499')).equals(LARGE.subarray(100_500, 102_500))).toBe(true);
    await expect(read('bytes=6500-7500')).rejects.toThrow();
  });
});

describe('H4: PUT and DELETE', () => {
  it('write and delete a blob, under conditions', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const put = async (body: string, headers: Record<string, string> = {}) =>
      fetch(`${url}blobs/a`, { method: 'PUT', body, headers: { 'content-type': 'text/x-test', ...headers } });
    const first = await put('1', { 'if-none-match': '*', 'blob-meta': encodeURIComponent('{"by":"ü"}') });
    expect(first.status).toBe(201);
    const info = await storage.info('a');
    expect(info).toMatchObject({ mediaType: 'text/x-test', meta: { by: 'ü' }, size: 1 });
    expect(first.headers.get('etag')).toBe(`"${info?.etag}"`);
    expect((await put('2', { 'if-none-match': '*' })).status).toBe(412);
    expect((await put('2', { 'if-match': '"x"' })).status).toBe(412);
    expect((await put('2', { 'if-match': `"x", "${info?.etag}"` })).status).toBe(204);
    expect((await put('3', { 'if-match': `"${info?.etag}"` })).status).toBe(412);
    expect((await put('3', { 'if-unmodified-since': new Date(0).toUTCString() })).status).toBe(412);
    expect(await storage.file('a').readText()).toBe('2');
    const remove = async (headers = {}) => (await fetch(`${url}blobs/a`, { method: 'DELETE', headers })).status;
    expect(await remove({ 'if-match': `"${info?.etag}"` })).toBe(412);
    expect([await remove(), await remove(), await remove({ 'if-match': '*' })]).toEqual([204, 404, 404]);
  });

  it('replace and delete a damaged blob, under conditions that hold for any', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const cases: [method: string, headers: Record<string, string>, status: number][] = [
      ['PUT', { 'if-match': '*' }, 204],
      ['PUT', { 'if-none-match': '"other"' }, 204],
      ['DELETE', { 'if-match': '*' }, 204],
      ['PUT', { 'if-match': '"other"' }, 412],
      ['PUT', { 'if-none-match': '*' }, 412],
      ['DELETE', { 'if-match': '"other"' }, 412],
    ];
    for (const [method, headers, status] of cases) {
      await storage.put('a', '1');
      await client.setData('/blobs/m/a', 'damaged');
      const response = await fetch(`${url}blobs/a`, { method, headers, body: method === 'PUT' ? '2' : null });
      expect(response.status, `${method} ${JSON.stringify(headers)}`).toBe(status);
    }
  });

  it('are refused unless the handler is writable', async ({ client, serve }) => {
    const { url } = await serve(client, { writable: false });
    for (const method of ['PUT', 'DELETE', 'POST', 'OPTIONS']) {
      const response = await fetch(`${url}blobs/a`, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  it('take blobs up to the size that the storage has, whatever the request says of it', async ({ client, serve }) => {
    const { url, storage } = await serve(client, { storage: new BlobStorage(client, { maxBlobSize: 100 }) });
    const put = async (body: Buffer | ReadableStream) =>
      (await fetch(`${url}blobs/a`, { method: 'PUT', body, duplex: 'half' } as RequestInit)).status;
    // Before any of it has come.
    const early = httpRequest(`${url}blobs/a`, { method: 'PUT', headers: { 'content-length': 101 } });
    early.flushHeaders();
    const [{ statusCode }] = await once(early, 'response');
    expect(statusCode).toBe(413);
    early.on('error', () => {}).destroy();
    expect(await put(Buffer.alloc(101))).toBe(413);
    expect(await put(new Blob([Buffer.alloc(101)]).stream())).toBe(413);
    expect(await storage.info('a')).toBeNull();
    expect([await put(Buffer.alloc(100)), await put(Buffer.alloc(0))]).toEqual([201, 204]);
    expect((await storage.info('a'))?.size).toBe(0);
  });
});

describe('H8: a content', () => {
  it('does no harm to the site that serves it, unless its type may be shown', async ({ client, serve }) => {
    const { url, storage } = await serve(client, { inline: ['image/*'] });
    await storage.put("x/a'b.html", '<script>', { mediaType: 'text/html' });
    await storage.put('a.png', 'png', { mediaType: 'image/png' });
    const [page, image] = [(await fetch(`${url}blobs/x/a'b.html`)).headers, (await fetch(`${url}blobs/a.png`)).headers];
    expect([page.get('x-content-type-options'), image.get('x-content-type-options')]).toEqual(['nosniff', 'nosniff']);
    expect(page.get('content-disposition')).toBe("attachment; filename*=UTF-8''a%27b.html");
    expect(page.get('content-security-policy')).toBe('sandbox');
    expect([image.get('content-disposition'), image.get('content-security-policy')]).toEqual([null, null]);
  });
});

describe('H9: authorize', () => {
  it('is asked for each access, and decides it', async ({ client, serve }) => {
    const asked: unknown[] = [];
    const { url, logger } = await serve(client, {
      registry: new BlobRegistry(),
      authorize: (_request, access) => {
        asked.push(access);
        if (access.id === 'own') return new Response('pay', { status: 402 });
        if (access.id === 'broken') throw new Error('hunter2');
        return access.id !== 'secret';
      },
    });
    const status = async (path: string, method = 'GET') => (await fetch(`${url}${path}`, { method })).status;
    expect([await status('blobs/secret'), await status('blobs/secret', 'PUT')]).toEqual([403, 403]);
    expect([await status('blobs/own', 'DELETE'), await status('blobs/broken')]).toEqual([402, 500]);
    expect([await status('watch?id=open&id=secret&wait=0'), await status('values/x')]).toEqual([403, 404]);
    expect(asked).toEqual([
      { action: 'read', id: 'secret' },
      { action: 'write', id: 'secret' },
      { action: 'write', id: 'own' },
      { action: 'read', id: 'broken' },
      { action: 'watch', id: 'open' },
      { action: 'watch', id: 'secret' },
      { action: 'read', id: null },
    ]);
    asked.length = 0;
    expect(await status('watch?prefix=&prefix=se&wait=0')).toBe(200);
    expect(asked).toEqual([
      { action: 'watch', id: null },
      { action: 'watch', id: 'se*' },
    ]);
    expect(logger.messages('error')).toEqual(['`authorize` of the blob handler threw: hunter2']);
  });
});

describe('values of a registry', () => {
  it('are served under their ids, as long as they are there', async ({ client, serve }) => {
    const registry = new BlobRegistry();
    const { url } = await serve(client, { registry, base: '/api' });
    const value = BlobValue.fromBytes(Buffer.from('hello'), { mediaType: 'text/plain' });
    const { href } = registry.toJSON(value, `${url}api/`);
    const response = await fetch(href);
    expect([await response.text(), response.headers.get('content-type')]).toEqual(['hello', 'text/plain']);
    expect((await fetch(href, { method: 'HEAD' })).headers.get('content-length')).toBe('5');
    expect((await fetch(`${url}api/values/${crypto.randomUUID()}`)).status).toBe(404);
    expect((await fetch(href.replace('/api/', '/'))).status).toBe(404);
    expect((await fetch(href, { method: 'PUT', body: 'x' })).status).toBe(405);
    expect(String(await registry.fromJSON({ href, media_type: 'text/plain' }, `${url}api/`).content())).toBe('hello');
  });
});
