import { describe, expect, vi } from 'vitest';
import type { WireChanges } from '../../../../recipes/blobs/faces.js';
import { BlobStorage } from '../../../../recipes/blobs/index.js';
import { eventually } from '../../../../testing/eventually.js';
import { it } from '../../../support/blob-servers.js';

interface Poll {
  readonly status: number;
  readonly body: WireChanges;
  readonly retryAfter: string | null;
}

async function poll(url: string, query: string, init: RequestInit = {}): Promise<Poll> {
  const response = await fetch(`${url}watch?${query}`, init);
  const body = (await response.json()) as WireChanges;
  return { status: response.status, body, retryAfter: response.headers.get('retry-after') };
}

/** The knowledge of a client is etags by id. */
function learn(known: Map<string, string>, { changes, reset }: WireChanges): void {
  if (reset) known.clear();
  for (const { id, blob } of changes) {
    if (blob) known.set(id, blob.etag);
    else known.delete(id);
  }
}

function next({ position, cursor }: WireChanges): string {
  return `since=${position}&cursor=${cursor}`;
}

describe('H5: a request for changes', () => {
  it('gives all blobs to a client that knows nothing', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    expect((await poll(url, 'prefix=&wait=0')).body).toMatchObject({ reset: true, changes: [] });
    const { etag, position } = await storage.put('a/b', '1');
    await storage.put('c', '2');
    await eventually(async () => (await poll(url, 'prefix=a/&id=x&wait=0')).body.changes.length === 1);
    const { body } = await poll(url, 'prefix=a/&id=x&wait=0');
    expect(body).toMatchObject({
      reset: true,
      changes: [{ id: 'a/b', blob: { etag, media_type: 'text/plain;charset=utf-8' } }],
    });
    expect(BigInt(body.position)).toBeGreaterThanOrEqual(position);
  });

  it('is answered at the first change after its position, and at once if there was one', async ({
    client,
    other,
    serve,
  }) => {
    const { url } = await serve(client);
    const writer = new BlobStorage(other);
    const { body: before } = await poll(url, 'id=a&wait=0');
    const waiting = poll(url, `id=a&${next(before)}`);
    await writer.put('b', 'not watched');
    const { etag } = await writer.put('a', '1');
    const { body } = await waiting;
    expect(body).toMatchObject({ changes: [{ id: 'a', blob: { etag } }] });
    expect(body.reset).toBeUndefined();
    const again = await poll(url, `id=a&${next(before)}`);
    expect(again.body.changes).toEqual(body.changes);
    await writer.delete('a');
    const deleted = await poll(url, `id=a&${next(body)}`);
    expect(deleted.body.changes).toEqual([{ id: 'a', blob: null }]);
    const { status, body: quiet } = await poll(url, `id=a&${next(deleted.body)}&wait=20`);
    expect([status, quiet.changes]).toEqual([200, []]);
    expect(BigInt(quiet.position)).toBeGreaterThanOrEqual(BigInt(deleted.body.position));
  });

  it('is answered with a newer position when its time is over, a sixteenth later at most', async ({
    client,
    serve,
  }) => {
    const { url } = await serve(client, { maxWait: 200 });
    const { body } = await poll(url, 'id=a&wait=0');
    await client.create('/elsewhere');
    for (const wait of ['', '&wait=200', '&wait=1000000']) {
      const since = performance.now();
      const answer = await poll(url, `id=a&${next(body)}${wait}`);
      const took = performance.now() - since;
      expect(answer.body.changes).toEqual([]);
      expect(took).toBeGreaterThanOrEqual(199);
      expect(took).toBeLessThan(2_000);
    }
    await eventually(async () => {
      const answer = await poll(url, `id=a&${next(body)}&wait=0`);
      return BigInt(answer.body.position) > BigInt(body.position);
    });
  });

  it('misses nothing between two of them, deletions and what came back included', async ({ client, other, serve }) => {
    const { url } = await serve(client);
    const writer = new BlobStorage(other);
    const known = new Map<string, string>();
    const truth = new Map<string, string>();
    let { body } = await poll(url, 'prefix=&wait=0');
    learn(known, body);
    for (let round = 0; round < 60; round += 1) {
      const id = `id-${(round * 7) % 5}`;
      if (round % 3 === 2 && truth.has(id)) {
        await writer.delete(id);
        truth.delete(id);
      } else truth.set(id, (await writer.put(id, `${round}`)).etag);
      if (round % 4 !== 3) continue;
      body = (await poll(url, `prefix=&${next(body)}`)).body;
      learn(known, body);
    }
    await eventually(async () => {
      body = (await poll(url, `prefix=&${next(body)}&wait=0`)).body;
      learn(known, body);
      return JSON.stringify([...known].sort()) === JSON.stringify([...truth].sort());
    });
  });

  it('goes on at another server, which lists what there is, as it cannot know what was deleted', async ({
    client,
    other,
    serve,
  }) => {
    const [one, two] = [await serve(client), await serve(other)];
    const known = new Map<string, string>();
    await one.storage.put('a', '1');
    await one.storage.put('b', '1');
    let { body } = await poll(one.url, 'prefix=&wait=0');
    await eventually(async () => {
      body = (await poll(one.url, 'prefix=&wait=0')).body;
      return body.changes.length === 2;
    });
    learn(known, body);
    await one.storage.delete('a');
    const { etag } = await one.storage.put('b', '2');
    const { body: moved } = await poll(two.url, `prefix=&${next(body)}`);
    expect(BigInt(moved.position)).toBeGreaterThanOrEqual(BigInt(body.position));
    expect(moved.reset).toBe(true);
    learn(known, moved);
    await eventually(async () => {
      if (known.get('b') !== etag || known.has('a')) learn(known, (await poll(two.url, `prefix=&${next(moved)}`)).body);
      return known.get('b') === etag && !known.has('a');
    });
    // Back at the first one, with the position of the second.
    const { body: back } = await poll(one.url, `prefix=&${next(moved)}`);
    expect(BigInt(back.position)).toBeGreaterThanOrEqual(BigInt(moved.position));
    expect(back.changes.map(({ id, blob }) => [id, blob?.etag])).toEqual([['b', etag]]);
  });

  it('may be a POST, for more ids than a URL holds', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    const { etag } = await storage.put('id-3999', '1');
    const ids = Array.from({ length: 4_000 }, (_, index) => `id-${index}`);
    const headers = { 'content-type': 'application/json' };
    const ask = () => poll(url, '', { method: 'POST', headers, body: JSON.stringify({ ids, wait: 0 }) });
    await eventually(async () => (await ask()).body.changes[0]?.blob?.etag === etag);
  });

  it('shares one watch with all others, which ends some time after the last one', async ({ client, serve, logger }) => {
    const { url, storage } = await serve(client);
    const watchAll = vi.spyOn(storage, 'watchAll');
    const { body } = await poll(url, 'id=a&wait=0');
    const polls = Array.from({ length: 20 }, (_, index) => poll(url, `id=a&id=x${index}&${next(body)}`));
    await storage.put('a', '1');
    for (const { body: answer } of await Promise.all(polls)) expect(answer.changes).toHaveLength(1);
    expect(watchAll).toHaveBeenCalledTimes(1);
    expect(logger.messages('error')).toEqual([]);
  });
});

describe('H6: while the client has no connection', () => {
  it('a request waits, is then refused with 503 and Retry-After, and misses nothing', async ({
    other,
    proxy,
    proxied,
    serve,
  }) => {
    const { url } = await serve(proxied);
    const { body } = await poll(url, 'id=a&wait=0');
    proxy.cut();
    proxy.refuse();
    await eventually(() => proxied.state !== 'connected');
    const writer = new BlobStorage(other);
    const { etag } = await writer.put('a', '1');
    const refused = await poll(url, `id=a&${next(body)}&wait=100`);
    expect([refused.status, refused.retryAfter]).toEqual([503, '1']);
    const waiting = poll(url, `id=a&${next(body)}&wait=20000`);
    proxy.accept();
    expect((await waiting).body.changes).toMatchObject([{ id: 'a', blob: { etag } }]);
    expect((await fetch(`${url}blobs/a`)).status).toBe(200);
  });

  it('and when it is closed, requests are refused with 503', async ({ connect, serve }) => {
    const client = await connect();
    const { url } = await serve(client);
    const { body } = await poll(url, 'id=a&wait=0');
    await client.close();
    expect((await poll(url, `id=a&${next(body)}&wait=0`)).status).toBe(503);
  });
});

describe('H7: requests that wait', () => {
  it('are so many at most, and free their place at once when their client leaves', async ({ client, serve }) => {
    const { url, storage, logger } = await serve(client, { maxWaiters: 2 });
    const { body } = await poll(url, 'id=a&wait=0');
    const leaving = new AbortController();
    const left = [1, 2].map(() => poll(url, `id=a&${next(body)}`, { signal: leaving.signal }).catch(() => null));
    await eventually(async () => (await poll(url, `id=a&${next(body)}&wait=0`)).status === 503);
    leaving.abort();
    await Promise.all(left);
    await eventually(async () => (await poll(url, `id=a&${next(body)}&wait=0`)).status === 200);
    const waiting = poll(url, `id=a&${next(body)}`);
    await storage.put('a', '1');
    expect((await waiting).status).toBe(200);
    expect(logger.messages('warn')).toEqual(['requests for changes were refused, as too many wait']);
  });
});

describe('a request for changes that makes no sense', () => {
  it.for([
    '',
    'id=',
    'id=a//b',
    'id=..',
    'id=a%2F..%2Fb',
    'id=a&since=x',
    'id=a&since=-1',
    'id=a&since=99999999999999999999',
    'id=a&wait=soon',
    'id=a&wait=-1',
    'id=a&cursor=%0d%0a',
    Array.from({ length: 4_097 }, () => 'id=a').join('&'),
  ])('is refused with 400: %s', async (query, { client, serve }) => {
    const { url } = await serve(client);
    const response = await fetch(`${url}watch?${query}`);
    expect([400, 431]).toContain(response.status);
    await response.body?.cancel();
  });
});
