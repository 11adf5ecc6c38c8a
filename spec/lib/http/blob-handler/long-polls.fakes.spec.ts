import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HTTP } from '../../../../lib/http/limits.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LONG = 2 ** 31 - 1;

describe('H6: on stale knowledge', () => {
  it('a request gets what is known, and never that nothing has changed', async () => {
    const served = new ServedFakeBlobs();
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
    const served = new ServedFakeBlobs();
    served.store.isFresh = false;
    const waiting = outcome(served.poll('id=a&wait=2000'));
    await pass(3_000);
    expect(waiting.value).toMatchObject({ status: 503 });
  });

  it('of a store that has ended, requests are refused at once', async () => {
    const served = new ServedFakeBlobs();
    const { store } = served;
    await served.first('id=a');
    const waiting = outcome(served.poll('id=a&since=1'));
    await pass(10);
    store.end();
    await pass(2 * HTTP.lookAgain);
    expect(waiting.value).toMatchObject({ status: 503 });
  });
});

describe('the time of a request', () => {
  it('may be as long as a timer can be, and a sixteenth more: it is not answered at once', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
    try {
      const served = new ServedFakeBlobs({ maxWait: LONG });
      const { store } = served;
      await served.first('id=a');
      const waiting = ['', `&wait=${LONG}`, '&wait=1e300'].map((wait) => outcome(served.poll(`id=a&since=1${wait}`)));
      await pass(100_000);
      expect(waiting.map(({ value }) => value)).toEqual(['pending', 'pending', 'pending']);
      store.write('a', 2n);
      store.position = 2n;
      await pass(HTTP.lookEvery);
      for (const { value } of waiting) expect(value).toMatchObject({ status: 200, body: { position: '2' } });
      expect(() => new ServedFakeBlobs({ maxWait: LONG + 1 })).toThrow('maxWait must be');
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
      const served = new ServedFakeBlobs({ maxWait: 10_000 });
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
    const served = new ServedFakeBlobs({ maxWaiters: 1 });
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
    const served = new ServedFakeBlobs();
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
