import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { REMOTE } from '../../../recipes/remote/limits.js';
import { poll } from '../../../recipes/remote/poll.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { replaceProperty } from '../../../testing/replace-property.js';

const ADDRESS = { url: 'http://gateway/events', headers: {} };
const BATCH = { path: '/', changes: [], position: '1', seen: '1', cursor: 'c' };

let restore = (): void => {};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  restore();
  vi.useRealTimers();
});

function owner() {
  const requests: (boolean | undefined)[] = [];
  return {
    requests,
    toRequest: (isContinued?: boolean) => {
      requests.push(isContinued);
      return { filters: null };
    },
    receive: ({ more }: Record<string, unknown>) => more !== true,
    isUp: () => {},
  };
}

it('leaves no timer and no listener behind, however it ends', async () => {
  const { signal } = new AbortController();
  const answers = [Response.json({ ...BATCH, more: true }), Response.json(BATCH), new Response('no', { status: 502 })];
  restore = replaceProperty(globalThis, 'fetch', async () => answers.shift() ?? Promise.reject(new TypeError('gone')));
  const asked = owner();
  await poll(ADDRESS, asked, 15_000, signal);
  expect(asked.requests).toEqual([false, true]);
  await expect(poll(ADDRESS, asked, 15_000, signal)).rejects.toThrow('answers with status 502');
  await expect(poll(ADDRESS, asked, 15_000, signal)).rejects.toThrow('cannot be reached: gone');
  expect([vi.getTimerCount(), getEventListeners(signal, 'abort').length]).toEqual([0, 0]);
});

it('is given up when no answer comes for so long after the time that it may wait, and not before', async () => {
  restore = replaceProperty(
    globalThis,
    'fetch',
    (_url, init) => new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('late')))),
  );
  const asked = outcome(poll(ADDRESS, owner(), 10_000, new AbortController().signal));
  await pass(10_000 + REMOTE.answerWithin - 100);
  expect(asked.value).toBe('pending');
  await pass(1_000);
  expect(asked.value).toMatchObject({ code: 'CONNECTION_LOSS', message: expect.stringContaining('late') });
});
