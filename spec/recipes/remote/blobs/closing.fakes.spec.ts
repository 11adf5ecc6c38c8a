import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sha256Of } from '../../../../recipes/blobs/sha256.js';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { replaceProperty } from '../../../../testing/replace-property.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('close() ends the pause between two attempts, also of a call with a signal', async () => {
  const blobs = new RemoteBlobStorage('http://server/', {
    retry: { minDelay: 60_000, maxDelay: 60_000 },
    fetch: async () => new Response(null, { status: 503 }),
  });
  const { signal } = new AbortController();
  const calls = [blobs.put('a', '1', { signal }), blobs.put('a', '1'), blobs.info('a')].map(outcome);
  await pass(100);
  expect(calls.map(({ value }) => value)).toEqual(['pending', 'pending', 'pending']);
  await blobs.close();
  await pass(0);
  for (const { value } of calls) expect(value).toMatchObject({ code: 'CLIENT_CLOSED' });
  expect(vi.getTimerCount()).toBe(0);
});

it('leaves no timer behind a request, nor behind the parts of a content', async () => {
  const sha256 = sha256Of(Buffer.from('x'));
  const wire = { id: 'a', size: 1, media_type: 'text/plain', etag: 'e', sha256, position: '1', meta: {} };
  const info = { ...wire, modified: new Date(0).toISOString() };
  await using blobs = new RemoteBlobStorage('http://server/', {
    fetch: async (input) => (String(input).endsWith('?info') ? Response.json(info) : new Response('x')),
  });
  const file = await blobs.get('a');
  expect(vi.getTimerCount()).toBe(0);
  expect(await file?.readText()).toBe('x');
  expect(vi.getTimerCount()).toBe(0);
});

it('hears of the network of a page as long as something is watched', async () => {
  const heard: string[] = [];
  const restore = [
    replaceProperty(globalThis, 'addEventListener', ((event: string) => void heard.push(`+${event}`)) as never),
    replaceProperty(globalThis, 'removeEventListener', ((event: string) => void heard.push(`-${event}`)) as never),
  ];
  const { handler } = new ServedFakeBlobs();
  const blobs = new RemoteBlobStorage('http://server/', {
    fetch: (input, init) => handler(new Request(String(input), init)),
  });
  const watch = blobs.watch('a', () => {});
  await pass(100);
  expect(heard).toEqual(['+offline', '+online']);
  watch.stop();
  await pass(100);
  for (const each of restore) each();
  expect(heard).toEqual(['+offline', '+online', '-offline', '-online']);
  await blobs.close();
});

it('a watch that was stopped lets go of its signal', async () => {
  const { handler } = new ServedFakeBlobs();
  await using blobs = new RemoteBlobStorage('http://server/', {
    fetch: (input, init) => handler(new Request(String(input), init)),
  });
  const { signal } = new AbortController();
  const watch = blobs.watch('a', () => {}, { signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  watch.stop();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('logs nothing about a watch that its signal ends', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { handler } = new ServedFakeBlobs();
  await using blobs = new RemoteBlobStorage('http://server/', {
    fetch: (input, init) => handler(new Request(String(input), init)),
  });
  const ending = new AbortController();
  const watch = blobs.watch('a', () => {}, { signal: ending.signal });
  await pass(100);
  ending.abort();
  await pass(100);
  expect([watch.stopped, warn.mock.calls]).toEqual([true, []]);
  warn.mockRestore();
});
