import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { REMOTE } from '../../../recipes/remote/limits.js';
import { poll } from '../../../recipes/remote/poll.js';
import { subscribe } from '../../../recipes/remote/subscribe.js';
import { outcome, pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
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
    (_: unknown, init?: RequestInit) =>
      new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('late')))),
  );
  const asked = outcome(poll(ADDRESS, owner(), 10_000, new AbortController().signal));
  await pass(10_000 + REMOTE.answerWithin - 100);
  expect(asked.value).toBe('pending');
  await pass(1_000);
  expect(asked.value).toMatchObject({ code: 'CONNECTION_LOSS', message: expect.stringContaining('late') });
});

it('is begun again for an added filter at once, which is no interruption', async () => {
  vi.useRealTimers();
  const bodies = new Recorder<{ filters: readonly { path?: string }[] }>();
  restore = replaceProperty(globalThis, 'fetch', (_: unknown, { body, signal }: RequestInit) => {
    bodies.record(JSON.parse(String(body)));
    if (bodies.items.length !== 2) return Promise.resolve(Response.json(BATCH));
    return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  });
  const subscription = subscribe('http://127.0.0.1:1/events', { path: '/a' }, () => {}, {
    retry: { minDelay: 1, maxDelay: 1 },
  });
  const events: string[] = [];
  subscription.on('error', (error) => void events.push(String(error)));
  subscription.on('resynced', () => void events.push('resynced'));
  await bodies.untilCount(2);
  // Of the sockets that could not be had.
  events.length = 0;
  await subscription.subscribe({ path: '/b' });
  expect(bodies.items[2]?.filters.map(({ path }) => path)).toEqual(['/a', '/b']);
  expect(events).toEqual([]);
  await subscription.close();
});
