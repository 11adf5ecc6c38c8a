import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BlobHandlerOptions, createBlobHandler, type FetchHandler } from '../../../../lib/http/index.js';
import { HTTP } from '../../../../lib/http/limits.js';
import type { WireChanges } from '../../../../recipes/blobs/faces.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { RecordingLogger } from '../../../../testing/recording-logger.js';
import { FakeBlobStore } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LONG = 2 ** 31 - 1;

class Served {
  readonly store = new FakeBlobStore();
  readonly handler: FetchHandler;

  constructor(options: BlobHandlerOptions = {}) {
    this.handler = createBlobHandler({ storage: this.store.store, logger: new RecordingLogger(), ...options });
  }

  async poll(query: string, init?: RequestInit): Promise<{ status: number; body: WireChanges }> {
    const response = await this.handler(new Request(`http://h/watch?${query}`, init));
    return { status: response.status, body: (await response.json()) as WireChanges };
  }

  /** The answer to a client that knows nothing. */
  async first(query: string): Promise<WireChanges> {
    const answer = this.poll(`${query}&wait=0`);
    await pass(2 * HTTP.lookEvery);
    return (await answer).body;
  }
}

describe('H5: what a server remembers', () => {
  it('are so many deletions; a client that may have missed a further one gets a list', async () => {
    const served = new Served();
    const { store } = served;
    const kept = store.write('kept', 1n);
    const before = await served.first('prefix=');
    const ids = Array.from({ length: HTTP.history + 1 }, (_, index) => `gone-${index}`);
    const since = (position: bigint) => served.poll(`prefix=&since=${position}&cursor=${before.cursor}`);
    store.delete(ids.slice(0, -1), 2n);
    store.position = BigInt(HTTP.history + 1);
    const all = await since(1n);
    expect([all.body.reset, all.body.changes.length]).toEqual([undefined, HTTP.history]);
    store.delete(ids.slice(-1), BigInt(HTTP.history + 2));
    store.position = BigInt(HTTP.history + 2);
    const missed = await since(1n);
    expect(missed.body.reset).toBe(true);
    expect(missed.body.changes.map(({ id, blob }) => [id, blob?.etag])).toEqual([['kept', kept.etag]]);
    // The first deletion is the one that was forgotten, and this client has heard of it.
    const known = await since(2n);
    expect([known.body.reset, known.body.changes.length]).toEqual([undefined, HTTP.history]);
    expect(known.body.changes.every(({ blob }) => blob === null)).toBe(true);
  });

  it('is bounded by the number of blobs, however often they change', async () => {
    const served = new Served();
    const { store } = served;
    const before = await served.first('prefix=');
    for (let position = 2n; position < 5_000n; position += 1n) store.write(`id-${position % 7n}`, position);
    store.position = 5_000n;
    const { body } = await served.poll(`prefix=&since=${before.position}&cursor=${before.cursor}`);
    expect(body.changes.map(({ blob }) => blob?.position)).toEqual(
      [4_993, 4_994, 4_995, 4_996, 4_997, 4_998, 4_999].map(String),
    );
  });

  it('is of another time once the ensemble was restored from a backup: its position goes back', async () => {
    const served = new Served();
    const { store } = served;
    store.position = 100n;
    const info = store.write('a', 90n);
    const before = await served.first('id=a');
    store.position = 50n;
    const waiting = served.poll(`id=a&since=100&cursor=${before.cursor}`);
    await pass(HTTP.behindFor + 1_000);
    const { body } = await waiting;
    expect(body).toMatchObject({ reset: true, position: '50', changes: [{ id: 'a', blob: { etag: info.etag } }] });
    expect(body.cursor).not.toBe(before.cursor);
  });
});

describe('H5: a position that the ensemble has not come to', () => {
  it('is waited for, as it may be that of a server that is ahead', async () => {
    const served = new Served();
    const { store } = served;
    await served.first('id=a');
    const waiting = outcome(served.poll('id=a&since=5'));
    await pass(HTTP.behindFor - 1_000);
    expect([waiting.value, store.calls.length > 10]).toEqual(['pending', true]);
    const { etag } = store.write('a', 7n);
    store.position = 7n;
    await pass(HTTP.lookEvery);
    expect(waiting.value).toMatchObject({ status: 200, body: { changes: [{ id: 'a', blob: { etag } }] } });
  });

  it('and does not come is none of its own: clients that do not wait get the list in the end, too', async () => {
    const served = new Served();
    const { store } = served;
    await served.first('id=a');
    store.write('a', 1n);
    const statuses: number[] = [];
    for (let time = 0; time <= HTTP.behindFor; time += 2_000) {
      const answer = served.poll('id=a&since=1000&wait=0');
      await pass(2_000);
      statuses.push((await answer).status);
    }
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([503]));
    const answer = served.poll('id=a&since=1000&wait=0');
    await pass(2_000);
    expect(await answer).toMatchObject({ status: 200, body: { reset: true, position: '1', changes: [{ id: 'a' }] } });
    // Of another position nothing is known yet.
    const other = served.poll('id=a&since=1001&wait=0');
    await pass(2_000);
    expect((await other).status).toBe(503);
  });

  it('counts for nothing while the server itself is not up to date', async () => {
    const served = new Served();
    const { store } = served;
    await served.first('id=a');
    store.isFresh = false;
    for (let time = 0; time <= 2 * HTTP.behindFor; time += 2_000) {
      const answer = served.poll('id=a&since=1000&wait=0');
      await pass(2_000);
      expect((await answer).status).toBe(503);
    }
    store.isFresh = true;
    const answer = served.poll('id=a&since=1000&wait=0');
    await pass(2_000);
    expect((await answer).status).toBe(503);
  });
});

describe('H6: on stale knowledge', () => {
  it('a request gets what is known, and never that nothing has changed', async () => {
    const served = new Served();
    const { store } = served;
    const before = await served.first('id=a');
    store.isFresh = false;
    store.looks = 0;
    const waiting = outcome(served.poll('id=a&since=1&wait=5000'));
    await pass(4_900);
    expect(waiting.value).toBe('pending');
    // All requests wait meanwhile, maybe for long: each of them does little.
    expect(store.looks).toBeLessThan((10 * 4_900) / HTTP.lookAgain);
    await pass(5_000);
    expect(waiting.value).toMatchObject({ status: 503, body: { error: { code: 'UNAVAILABLE' } } });
    store.write('a', 2n);
    store.position = 2n;
    const { body } = await served.poll(`id=a&since=1&cursor=${before.cursor}&wait=0`);
    expect(body.changes).toMatchObject([{ id: 'a', blob: { etag: 'etag-2' } }]);
  });

  it('a client that knows nothing gets no list', async () => {
    const served = new Served();
    served.store.isFresh = false;
    const waiting = outcome(served.poll('id=a&wait=2000'));
    await pass(3_000);
    expect(waiting.value).toMatchObject({ status: 503 });
  });

  it('of a store that has ended, requests are refused at once', async () => {
    const served = new Served();
    const { store } = served;
    await served.first('id=a');
    const waiting = outcome(served.poll('id=a&since=1'));
    await pass(10);
    store.end();
    await pass(HTTP.maxWait * 1.1);
    expect(waiting.value).toMatchObject({ status: 503 });
  });
});

describe('the time of a request', () => {
  it('may be as long as a timer can be, and a sixteenth more: it is not answered at once', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
    try {
      const served = new Served({ maxWait: LONG });
      const { store } = served;
      await served.first('id=a');
      const waiting = ['', `&wait=${LONG}`, '&wait=1e300'].map((wait) => outcome(served.poll(`id=a&since=1${wait}`)));
      await pass(100_000);
      expect(waiting.map(({ value }) => value)).toEqual(['pending', 'pending', 'pending']);
      store.write('a', 2n);
      store.position = 2n;
      await pass(HTTP.lookEvery);
      for (const { value } of waiting) expect(value).toMatchObject({ status: 200, body: { position: '2' } });
      expect(() => new Served({ maxWait: LONG + 1 })).toThrow('maxWait must be');
    } finally {
      random.mockRestore();
    }
  });

  it('is over a sixteenth later by chance at most, and frees everything', async () => {
    for (const [chance, later] of [
      [0, 1],
      [0.999_999, 1 + HTTP.waitJitter],
    ] as const) {
      const random = vi.spyOn(Math, 'random').mockReturnValue(chance);
      const served = new Served({ maxWait: 10_000 });
      await served.first('id=a');
      const waiting = outcome(served.poll('id=a&since=1'));
      await pass(10_000 * later - 10);
      expect(waiting.value).toBe('pending');
      await pass(50);
      expect(waiting.value).toMatchObject({ status: 200, body: { changes: [], position: '1' } });
      random.mockRestore();
      await pass(HTTP.watchFor);
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('ends with its client: the place is free at once, and nothing is left', async () => {
    const served = new Served({ maxWaiters: 1 });
    await served.first('id=a');
    const leaving = new AbortController();
    const waiting = outcome(served.poll('id=a&since=1', { signal: leaving.signal }));
    await pass(100);
    expect((await served.poll('id=a&since=1&wait=0')).status).toBe(503);
    leaving.abort();
    await pass(0);
    expect(waiting.value).toMatchObject({ status: 499 });
    expect((await served.poll('id=a&since=1&wait=0')).status).toBe(200);
    await pass(HTTP.watchFor);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the watch behind the requests', () => {
  it('is one, ends some time after the last of them, and begins again with the next', async () => {
    const served = new Served();
    const { store } = served;
    const { cursor } = await served.first('id=a');
    const waiting = [1, 2, 3].map((index) => outcome(served.poll(`id=a&id=x${index}&since=1&wait=1000`)));
    await pass(1_500);
    for (const { value } of waiting) expect(value).toMatchObject({ status: 200 });
    await pass(HTTP.watchFor - 1_500);
    expect([store.watches, store.watching]).toEqual([1, 1]);
    await pass(1_500);
    expect([store.watches, store.watching]).toEqual([1, 0]);
    const again = await served.first(`id=a&since=1&cursor=${cursor}`);
    // A deletion meanwhile would not be known.
    expect([again.reset, store.watches, store.watching]).toEqual([true, 2, 1]);
  });
});
