import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a watch that is made at a server that lags behind the one before takes no other watch back', async () => {
  const [ahead, behind] = [new ServedFakeBlobs(), new ServedFakeBlobs()];
  behind.store.write('a', 80n);
  behind.store.position = 90n;
  ahead.store.write('a', 80n);
  ahead.store.write('a', 95n);
  ahead.store.position = 100n;
  let isAheadThere = true;
  const asked: string[] = [];
  const blobs = new RemoteBlobStorage(['http://ahead/', 'http://behind/'], {
    retry: { minDelay: 1, maxDelay: 10 },
    fetch: async (input, init) => {
      const request = new Request(String(input), init);
      const { host } = new URL(request.url);
      if (host === 'ahead' && !isAheadThere) throw new TypeError('connection refused');
      asked.push(host);
      const served = host === 'ahead' ? ahead : behind;
      return served.handler(request);
    },
  });
  const etags: (string | undefined)[] = [];
  const watch = blobs.watch('a', (file) => void etags.push(file?.info?.etag));
  await pass(1_000);
  expect([etags, watch.status]).toEqual([['etag-95'], 'fresh']);
  isAheadThere = false;
  const other = blobs.watch('b', () => {});
  await pass(5_000);
  expect(asked).toContain('behind');
  expect([etags, other.status]).toEqual([['etag-95'], 'stale']);
  behind.store.write('a', 95n);
  behind.store.write('b', 110n);
  behind.store.position = 120n;
  await pass(5_000);
  expect([etags, watch.status, other.status]).toEqual([['etag-95'], 'fresh', 'fresh']);
  await blobs.close();
});
