import { describe, expect, it } from 'vitest';
import { createBlobHandler } from '../../../../lib/http/index.js';
import { BlobRegistry, BlobValue } from '../../../../recipes/blobs/index.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { FakeBlobStore } from '../../../support/fake-blob-store.js';

const JSON_BODY = { method: 'POST', headers: { 'content-type': 'application/json' } };

const registry = new BlobRegistry();
const value = BlobValue.fromBytes(new Uint8Array(3), { mediaType: 'text/plain' });
const VALUE = `values/${registry.add(value)}`;

const WATCHED = [
  { action: 'watch', id: 'a' },
  { action: 'watch', id: 'b/c' },
  { action: 'watch', id: 'p/*' },
  { action: 'watch', id: null },
];

/** Every access that there is, with what is asked. */
const ACCESSES: readonly [path: string, init: RequestInit, asked: readonly unknown[]][] = [
  ['blobs/a/b', {}, [{ action: 'read', id: 'a/b' }]],
  ['blobs/a/b', { method: 'HEAD' }, [{ action: 'read', id: 'a/b' }]],
  ['blobs/a?info', {}, [{ action: 'read', id: 'a' }]],
  ['blobs/a?generation=x', {}, [{ action: 'read', id: 'a' }]],
  ['blobs/a', { headers: { range: 'bytes=0-0' } }, [{ action: 'read', id: 'a' }]],
  ['blobs/a', { headers: { 'if-none-match': '*' } }, [{ action: 'read', id: 'a' }]],
  ['blobs/%61%20b/%C3%BC', {}, [{ action: 'read', id: 'a b/ü' }]],
  ['blobs/a', { method: 'PUT', body: 'x' }, [{ action: 'write', id: 'a' }]],
  ['blobs/a', { method: 'PUT', body: 'x', headers: { 'if-none-match': '*' } }, [{ action: 'write', id: 'a' }]],
  ['blobs/a', { method: 'DELETE' }, [{ action: 'write', id: 'a' }]],
  ['watch?id=a&id=b/c&id=a&prefix=p/&prefix=&wait=0', {}, WATCHED],
  ['watch', { ...JSON_BODY, body: '{"ids":["a","b/c","a"],"prefixes":["p/",""],"wait":0}' }, WATCHED],
  [VALUE, {}, [{ action: 'read', id: null }]],
  [VALUE, { method: 'HEAD' }, [{ action: 'read', id: null }]],
];

function served(authorize: (access: unknown) => unknown) {
  const fake = new FakeBlobStore();
  fake.write('a', 1n);
  const logger = new RecordingLogger();
  const handler = createBlobHandler({
    ...{ storage: fake.store, registry, writable: true, logger },
    authorize: (_request, access) => authorize(access) as boolean,
  });
  const ask = (path: string, init: RequestInit) => handler(new Request(`http://h/${path}`, init));
  return { fake, logger, ask };
}

describe('H9: authorize', () => {
  it.for(ACCESSES)('is asked for %s with %o, before anything is done', async ([path, init, asked]) => {
    const seen: unknown[] = [];
    const { fake, ask } = served((access) => {
      seen.push(access);
      expect([fake.calls, fake.watches]).toEqual([[], 0]);
      return true;
    });
    expect((await ask(path, init)).status).not.toBe(403);
    expect(seen).toEqual(asked);
  });

  it.for(ACCESSES)('denies %s with %o: nothing is done, and nothing is shown', async ([path, init]) => {
    for (const denied of [false, Promise.resolve(false)]) {
      const { fake, ask } = served(() => denied);
      const response = await ask(path, init);
      expect([response.status, fake.calls, fake.watches]).toEqual([403, [], 0]);
      expect(await response.text()).toBe('{"error":{"code":"FORBIDDEN","message":"this access is not allowed"}}');
    }
  });

  it('denies all of a watch for one of its ids, whichever it is', async () => {
    for (const [path, init, asked] of ACCESSES.filter(([, , all]) => all === WATCHED)) {
      for (const denied of asked) {
        const { fake, ask } = served((access) => JSON.stringify(access) !== JSON.stringify(denied));
        expect([(await ask(path, init)).status, fake.watches]).toEqual([403, 0]);
      }
    }
  });

  it('has to say true: anything else, and an error, is a denial with 500 and one line', async () => {
    const verdicts: readonly (() => unknown)[] = [
      ...[undefined, null, 1, 'yes', {}, []].map((verdict) => () => verdict),
      async () => undefined,
      () => {
        throw new Error('the database is gone');
      },
      async () => {
        throw new Error('the database is gone');
      },
    ];
    for (const verdict of verdicts) {
      const { fake, logger, ask } = served(verdict);
      for (const [path, init] of ACCESSES) {
        const response = await ask(path, init);
        expect([response.status, fake.calls, fake.watches]).toEqual([500, [], 0]);
        expect(await response.text()).toBe('{"error":{"code":"INTERNAL","message":"internal error"}}');
      }
      expect(logger.messages('error').length).toBeGreaterThan(0);
      expect(logger.messages('error')[0]).toMatch(/^`authorize` of the blob handler threw: /);
    }
  });

  it('may answer by itself, for each request with the same response', async () => {
    for (const text of [null, 'log in']) {
      const login = new Response(text, { status: 401, headers: { 'www-authenticate': 'Basic' } });
      const { fake, ask } = served(() => login);
      for (const [path, init] of ACCESSES) {
        const response = await ask(path, init);
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic']);
        expect(await response.text()).toBe(text ?? '');
      }
      expect([fake.calls, fake.watches]).toEqual([[], 0]);
    }
  });

  it('sees the id that is served, however the path is spelt', async () => {
    for (const path of ['blobs/x/../a', 'blobs/x/%2e%2e/a', 'blobs/x/%2E./a', 'blobs/./a', 'blobs\\a', 'blobs/%61']) {
      const seen: unknown[] = [];
      const { fake, ask } = served((access) => {
        seen.push(access);
        return true;
      });
      expect([path, (await ask(path, {})).status]).toEqual([path, 200]);
      expect([path, seen, fake.calls]).toEqual([path, [{ action: 'read', id: 'a' }], ['get a']]);
    }
  });
});
