import { describe, expect, vi } from 'vitest';
import {
  ChildrenWatch,
  ClientClosedError,
  DataWatch,
  NoNodeError,
  SessionExpiredError,
  WatchStoppedError,
} from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { it, recordStates } from '../../support/fixtures.js';

describe('1. First call: `ready`', () => {
  it('resolves only when an asynchronous first call has settled', async ({ client }) => {
    const order = new Recorder<string>();
    let settle = () => {};
    const watch = new DataWatch(client, '/node', async () => {
      order.record('called');
      await new Promise<void>((resolve) => {
        settle = resolve;
      });
      order.record('settled');
    });
    void watch.ready.then(() => order.record('ready'));

    await order.untilCount(1);
    await client.sync('/');
    expect(order.items).toEqual(['called']);
    settle();
    expect(await order.untilCount(3)).toEqual(['called', 'settled', 'ready']);
  });

  it('resolves when the first call returns false', async ({ client }) => {
    const watch = new DataWatch(client, '/node', () => false);
    await expect(watch.ready).resolves.toBeUndefined();
    expect(watch.stopped).toBe(true);
  });

  it('resolves when the first call stops the watch, and is the same promise then', async ({ client }) => {
    const watch: DataWatch = new DataWatch(client, '/node', () => watch.stop());
    const { ready } = watch;
    await expect(ready).resolves.toBeUndefined();
    expect(watch.ready).toBe(ready);
  });

  it('resolves when asked for late', async ({ client }) => {
    const calls = new Recorder<unknown>();
    const watch = new DataWatch(client, '/node', calls.record);
    await calls.untilCount(1);
    watch.stop();
    await expect(watch.ready).resolves.toBeUndefined();
  });

  it('rejects when the watch was stopped before its first call', async ({ client }) => {
    const func = vi.fn();
    const watch = new DataWatch(client, '/node', func);
    watch.stop();
    await expect(watch.ready).rejects.toThrow(WatchStoppedError);
    await client.sync('/');
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects with the reason of a signal that had aborted before the watch was made', async ({ client }) => {
    const reason = new Error('no more');
    const func = vi.fn();
    const watch = new DataWatch(client, '/node', func, { signal: AbortSignal.abort(reason) });
    await expect(watch.ready).rejects.toBe(reason);
    await client.sync('/');
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects with the reason of a signal that aborts before the first call', async ({ client }) => {
    const reason = new Error('no more');
    const aborter = new AbortController();
    const func = vi.fn();
    const watch = new DataWatch(client, '/node', func, { signal: aborter.signal });
    aborter.abort(reason);
    await expect(watch.ready).rejects.toBe(reason);
    await client.sync('/');
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects when the client is closed before the first call', async ({ client, makeClient }) => {
    const func = vi.fn();
    const watch = new DataWatch(client, '/node', func);
    const neverConnected = makeClient();
    const other = new ChildrenWatch(neverConnected, '/node', func);
    await Promise.all([client.close(), neverConnected.close()]);
    await expect(watch.ready).rejects.toThrow(ClientClosedError);
    await expect(other.ready).rejects.toThrow(ClientClosedError);
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects for a watch of a client that is closed already', async ({ client }) => {
    await client.close();
    const func = vi.fn();
    const watch = new DataWatch(client, '/node', func);
    await expect(watch.ready).rejects.toThrow(ClientClosedError);
    expect(watch.stopped).toBe(true);
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects for the watch beside the one whose first call closes the client', async ({ client }) => {
    const reasons = new Recorder<string>();
    const func = vi.fn();
    const closing = new DataWatch(client, '/node', () => client.close());
    const beside = new DataWatch(client, '/node', func).on('stop', reasons.record);
    await expect(closing.ready).resolves.toBeUndefined();
    expect(await reasons.untilCount(1)).toEqual(['client-closed']);
    expect(func).not.toHaveBeenCalled();
    await expect(beside.ready).rejects.toThrow(ClientClosedError);
  });

  it('rejects when a watch without a function ends: at the close, asked before or after it', async ({ client }) => {
    const askedBefore = new DataWatch(client, '/node');
    const askedAfter = new ChildrenWatch(client, '/node');
    const { ready } = askedBefore;
    await client.close();
    await expect(ready).rejects.toThrow(ClientClosedError);
    await expect(askedAfter.ready).rejects.toThrow(ClientClosedError);
    expect([askedBefore.stopped, askedAfter.stopped]).toEqual([true, true]);
  });

  it('rejects when a watch without a function ends: at stop() and at an abort', async ({ client }) => {
    const before = client.listenerCount('state');
    const reason = new Error('no more');
    const aborter = new AbortController();
    const stopped = new DataWatch(client, '/node');
    const aborted = new ChildrenWatch(client, '/node', { signal: aborter.signal });
    const readies = [stopped.ready, aborted.ready];
    stopped.stop();
    aborter.abort(reason);
    await expect(readies[0]).rejects.toThrow(WatchStoppedError);
    await expect(readies[1]).rejects.toBe(reason);
    expect(client.listenerCount('state')).toBe(before);
  });

  it('may be asked for before register()', async ({ client }) => {
    const before = client.listenerCount('state');
    const watch = new DataWatch(client, '/node');
    const { ready } = watch;
    const calls = new Recorder<unknown>();
    watch.register((data) => calls.record(data));
    await ready;
    expect(calls.items).toEqual([null]);
    watch.stop();
    expect(client.listenerCount('state')).toBe(before);
  });

  it('rejects for a missing node without waitForNode', async ({ client }) => {
    const func = vi.fn();
    const watch = new ChildrenWatch(client, '/node', func);
    await expect(watch.ready).rejects.toThrow(NoNodeError);
    await expect(watch.ready).rejects.toMatchObject({ code: 'NO_NODE', path: '/node' });
    expect(func).not.toHaveBeenCalled();
  });

  it('rejects when the session is lost before the first call with allowSessionLost: false', async ({
    connect,
    proxy,
    chroot,
  }) => {
    const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 500 });
    const states = recordStates(client);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    const func = vi.fn();
    const watch = new ChildrenWatch(client, '/node', func, { allowSessionLost: false, waitForNode: true });
    await expect(watch.ready).rejects.toThrow(SessionExpiredError);
    expect(func).not.toHaveBeenCalled();
    await client.close();
  });

  it('rejects with the error of the first call', async ({ client }) => {
    const boom = new Error('boom');
    const throwing = new DataWatch(client, '/node', () => {
      throw boom;
    });
    const rejecting = new DataWatch(client, '/node', () => Promise.reject(boom));
    await expect(throwing.ready).rejects.toBe(boom);
    await expect(rejecting.ready).rejects.toBe(boom);
    expect([throwing.stopped, rejecting.stopped]).toEqual([false, false]);
  });
});
