import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { pass } from '../../../../testing/passing-time.js';
import { ServedFakeBlobs } from '../../../support/fake-blob-store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const isAbout = (url: string, ...ids: string[]): boolean =>
  `${new URL(url).searchParams.getAll('id').sort()}` === `${ids}`;

it('a watch that was stopped emits no error when its server refuses it afterwards', async () => {
  let refuse = (): void => {};
  const blobs = new RemoteBlobStorage('http://server/', {
    fetch: async (input) => {
      if (isAbout(String(input), 'a')) await new Promise<void>((resolve) => (refuse = resolve));
      return new Response(null, { status: 403 });
    },
  });
  const events: string[] = [];
  const [watch, other] = ['a', 'b'].map((id) => blobs.watch(id, () => {})) as [ReturnType<typeof blobs.watch>, unknown];
  for (const event of ['error', 'stop'] as const) watch.on(event as 'stop', () => void events.push(event));
  (other as typeof watch).on('error', () => {});
  await pass(100);
  watch.stop();
  await pass(100);
  refuse();
  await pass(100);
  expect(events).toEqual(['stop']);
  await blobs.close();
});

it('a watch that is made while another one waits interrupts nothing', async () => {
  const { handler } = new ServedFakeBlobs();
  const blobs = new RemoteBlobStorage('http://server/', {
    fetch: (input, init) => handler(new Request(String(input), init)),
  });
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const events: string[] = [];
  const watch = blobs.watch('a', () => {});
  watch.on('resynced', () => void events.push('resynced'));
  watch.on('error', () => void events.push('error'));
  await pass(1_000);
  expect(watch.status).toBe('fresh');
  const second = blobs.watch('b', () => {});
  await pass(1_000);
  expect([events, watch.status, second.status]).toEqual([[], 'fresh', 'fresh']);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  await blobs.close();
});
