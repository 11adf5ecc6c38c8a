import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('the request for changes ends with the last watch: it would keep the process for as long as it waits', async () => {
  const { handler } = new ServedFakeBlobs();
  const waiting = new Set<unknown>();
  await using blobs = new RemoteBlobStorage('http://server/', {
    fetch: async (input, init) => {
      const request = new Request(String(input), init);
      waiting.add(request);
      return handler(request).finally(() => waiting.delete(request));
    },
  });
  const watches = ['a', 'b'].map((id) => blobs.watch(id, () => {}));
  await pass(1_000);
  expect(waiting.size).toBe(1);
  watches[0]?.stop();
  await pass(100);
  expect(waiting.size).toBe(1);
  watches[1]?.stop();
  await pass(100);
  expect(waiting.size).toBe(0);
});
