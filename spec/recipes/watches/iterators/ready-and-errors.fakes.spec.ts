import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataWatch, NoAuthError, ZooKeeperError } from '../../../../index.js';
import { FakeClient } from '../../../../testing/fake-client.js';
import { outcome, pass } from '../../../../testing/passing-time.js';
import { Recorder } from '../../../../testing/recorder.js';
import { rejectionOf } from '../../../support/rejection.js';
import { loopOver, Turnstile } from './loop.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const hopeless = new ZooKeeperError('UNIMPLEMENTED', 'hopeless');
const STOPPED =
  'the watch of /node has stopped (error): no retry can resolve hopeless. Correct the cause, and make the watch again';

describe('ready of a watch with a loop', () => {
  it('resolves once the first body has settled', async () => {
    const watch = new DataWatch(new FakeClient(), '/node');
    const turnstile = new Turnstile();
    const ready = outcome(watch.ready);
    loopOver(watch, turnstile.wait);
    await pass(0);
    expect([turnstile.held, ready.value]).toEqual([1, 'pending']);
    turnstile.letThrough();
    await pass(0);
    expect(ready.value).toBeUndefined();
    watch.stop();
  });

  it('waits for a loop that begins later', async () => {
    const client = new FakeClient();
    const watch = new DataWatch(client, '/node');
    const ready = outcome(watch.ready);
    const iterator = watch[Symbol.asyncIterator]();
    await pass(60_000);
    expect(ready.value).toBe('pending');
    // First `ready` listens for the client's close, then the loop.
    expect(client.listenerCount).toBe(1);
    loopOver(iterator);
    await pass(0);
    expect([ready.value, client.listenerCount]).toEqual([undefined, 1]);
    watch.stop();
    expect(client.listenerCount).toBe(0);
  });
});

describe('a loop whose reads fail', () => {
  it('waits, reports the error to the listeners of the watch, and gets the state when permitted', async () => {
    const client = new FakeClient();
    client.readError = () => new NoAuthError('NO_AUTH');
    const watch = new DataWatch(client, '/node');
    const errors = new Recorder<unknown>();
    watch.on('error', errors.record);
    const ready = outcome(watch.ready);
    const { turns, end } = loopOver(watch);
    const ended = outcome(end);
    await pass(60_000);
    expect(errors.items).toEqual([expect.any(NoAuthError)]);
    expect([ended.value, ready.value]).toEqual(['pending', expect.any(NoAuthError)]);
    client.readError = () => undefined;
    await pass(30_000);
    expect(turns.items).toEqual([{ data: null, stat: null, event: null }]);
    expect(client.logger.items).toEqual([]);
    watch.stop();
    await pass(0);
    expect([ended.value, vi.getTimerCount()]).toEqual([undefined, 0]);
  });

  it('leaves no timer when it is left before a retry', async () => {
    const client = new FakeClient();
    client.readError = () => new NoAuthError('NO_AUTH');
    const iterator = new DataWatch(client, '/node')[Symbol.asyncIterator]();
    const next = outcome(iterator.next());
    await pass(1_000);
    await iterator.return?.();
    expect([next.value, vi.getTimerCount(), client.listenerCount]).toEqual([{ done: true, value: undefined }, 0, 0]);
    expect(client.logger.messages('error')).toEqual(['a read of /node failed, and its watch reads again: NO_AUTH']);
  });

  it('throws a permanent error, and logs that the watch has stopped', async () => {
    const client = new FakeClient();
    client.readError = () => hopeless;
    expect(await rejectionOf(loopOver(new DataWatch(client, '/node')).end)).toBe(hopeless);
    expect(client.logger.messages('error')).toEqual([STOPPED]);
    expect(client.logger.items).toMatchObject([{ details: { err: hopeless, path: '/node' } }]);
  });

  it('logs the same for a watch with a function, and that a watch goes on when its function throws', async () => {
    const client = new FakeClient();
    new DataWatch(client, '/node', () => {
      throw new Error('boom');
    });
    await pass(0);
    client.readError = () => hopeless;
    client.tree.create('/node');
    await pass(0);
    const threw = expect.stringMatching(/^the function of the watch of \/node threw: boom; the watch goes on: /);
    expect(client.logger.messages('error')).toEqual([threw, STOPPED]);
  });
});
