import { afterEach, expect, it } from 'vitest';
import type { RemoteSubscribeOptions } from '../../../recipes/remote/index.js';
import type { RemoteSubscription } from '../../../recipes/remote/remote-subscription.js';
import { subscribe } from '../../../recipes/remote/subscribe.js';
import { outcome, turn } from '../../../testing/passing-time.js';
import { rejectionOf } from '../../support/rejection.js';

const begun: RemoteSubscription[] = [];

afterEach(async () => {
  for (const subscription of begun.splice(0)) await subscription.close();
});

/** A subscription whose gateway is the spec. */
function subscribed(onChange: (path: string) => unknown, options: RemoteSubscribeOptions = {}, isReady = true) {
  const retry = { minDelay: 60_000, maxDelay: 60_000 };
  const func = ({ path }: { path: string }) => onChange(path);
  const subscription = subscribe('http://127.0.0.1:1/events', null, func, { retry, ...options }) as RemoteSubscription;
  subscription.on('error', () => {});
  begun.push(subscription);
  if (isReady) say(subscription, 1);
  return subscription;
}

/** A batch in which each of the paths was created. */
function say(subscription: RemoteSubscription, position: number, ...paths: string[]): void {
  const changes = paths.map((path) => {
    const zxids = { czxid: `${position}`, mzxid: `${position}`, pzxid: '0', ephemeralOwner: '0' };
    return { type: 'created', path, zxid: `${position}`, stat: zxids, data: '' };
  });
  subscription.receive({ path: '/', changes, position: `${position}`, seen: `${position}`, cursor: 'c' });
}

it.each<[string, (subscription: RemoteSubscription, aborting: AbortController) => unknown]>([
  ['close()', (subscription) => void subscription.close()],
  ['an abort', (_, aborting) => aborting.abort()],
  ['a returned false', () => false],
])('after %s nothing is handed out any more, also of what has come already', async (_, end) => {
  const aborting = new AbortController();
  const paths: string[] = [];
  const subscription: RemoteSubscription = subscribed(
    (path) => {
      paths.push(path);
      return end(subscription, aborting);
    },
    { signal: aborting.signal },
  );
  const { position } = subscription;
  say(subscription, 2, '/a', '/b');
  await subscription.closed;
  say(subscription, 3, '/c');
  await turn();
  expect(paths).toEqual(['/a']);
  expect(subscription.position).toBe(position);
});

it('rejects what is subscribed to after the end, and what did not count by then', async () => {
  const subscription = subscribed(() => {});
  const waiting = rejectionOf(subscription.subscribe({ path: '/a' }));
  await subscription.close();
  const late = rejectionOf(subscription.subscribe({ path: '/b' }));
  for (const each of [waiting, late]) expect(await each).toMatchObject({ code: 'WATCH_STOPPED' });
});

it('a filter that is removed before it counts is no more waited for', async () => {
  const subscription = subscribed(() => {});
  const waiting = outcome(subscription.subscribe({ path: '/a' }));
  await turn();
  expect(waiting.value).toBe('pending');
  await subscription.unsubscribe({ path: '/a' });
  await turn();
  expect(waiting.value).toBe(undefined);
});

it('a false before all of the first changes were handed out rejects `ready`', async () => {
  const subscription = subscribed(() => false, { since: 0n }, false);
  say(subscription, 2, '/a', '/b');
  expect(await subscription.closed).toBe('returned-false');
  expect(await rejectionOf(subscription.ready)).toMatchObject({ code: 'WATCH_STOPPED' });
});
