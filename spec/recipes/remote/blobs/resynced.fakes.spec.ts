import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a watch whose callback was slow over a recovery emits resynced once it is fresh, not in the next outage', async () => {
  const served = new ServedFakeBlobs();
  served.store.write('a', 80n);
  served.store.position = 90n;
  let isThere = true;
  const blobs = new RemoteBlobStorage('http://server/', {
    retry: { minDelay: 1, maxDelay: 1_000 },
    fetch: async (input, init) => {
      if (!isThere) throw new TypeError('connection refused');
      const answer = await served.handler(new Request(String(input), init));
      if (!isThere) throw new TypeError('connection reset');
      return answer;
    },
  });
  const log: string[] = [];
  let release = (): void => {};
  const watch = blobs.watch('a', async (file) => {
    log.push(`${file?.info?.etag}`);
    if (log.length > 1) await new Promise<void>((resolve) => (release = resolve));
  });
  watch.on('resynced', () => void log.push(`resynced, ${watch.status}`));
  await pass(1_000);
  isThere = false;
  await pass(120_000);
  served.store.write('a', 95n);
  served.store.position = 100n;
  isThere = true;
  await pass(5_000);
  expect(log).toEqual(['etag-80', 'etag-95']);
  isThere = false;
  await pass(120_000);
  release();
  await pass(1_000);
  expect([log, watch.status]).toEqual([['etag-80', 'etag-95'], 'stale']);
  isThere = true;
  await pass(5_000);
  expect(log).toEqual(['etag-80', 'etag-95', 'resynced, fresh']);
  await blobs.close();
});
