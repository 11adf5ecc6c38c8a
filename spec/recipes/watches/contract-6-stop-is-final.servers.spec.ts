import { getEventListeners } from 'node:events';
import { describe, expect, vi } from 'vitest';
import { ChildrenWatch, type CoordinationClient, DataWatch, type StopReason } from '../../../index.js';
import { FakeClient } from '../../../testing/fake-client.js';
import { turn } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { expireSession } from '../../../testing/session-killer.js';
import { it } from '../../support/fixtures.js';

/** A DataWatch of /node whose first call waits for `open()`, with a newer state pending. */
async function busyWatch(client: CoordinationClient, signal?: AbortSignal) {
  const calls = new Recorder<string>();
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  const func = (data: Buffer | null) => {
    calls.record(String(data));
    return passed;
  };
  const watch = new DataWatch(client, '/node', func, signal ? { signal } : {});
  const live = new Recorder<string>();
  new DataWatch(client, '/node', (data) => live.record(String(data)));
  await calls.untilCount(1);
  await client.create('/node', 'newer');
  await live.until((all) => all.at(-1) === 'newer');
  return { watch, calls, live, open };
}

describe('6. Stop is final', () => {
  it('begins no call after stop(), not even for a pending state', async ({ client }) => {
    const { watch, calls, live, open } = await busyWatch(client);
    watch.stop();
    open();
    await client.setData('/node', 'newest');
    await live.until((all) => all.at(-1) === 'newest');
    expect(calls.items).toEqual(['null']);
  });

  it('begins no call after an abort, not even for a pending state', async ({ client }) => {
    const aborter = new AbortController();
    const { calls, live, open } = await busyWatch(client, aborter.signal);
    aborter.abort();
    open();
    await client.setData('/node', 'newest');
    await live.until((all) => all.at(-1) === 'newest');
    expect(calls.items).toEqual(['null']);
  });

  it('begins no call after close(), not even for a pending state', async ({ client, other }) => {
    const { calls, live, open } = await busyWatch(client);
    const closing = client.close();
    open();
    await closing;
    await other.setData('/node', 'newest');
    await turn();
    expect(calls.items).toEqual(['null']);
    expect(live.last).toBe('newer');
  });

  it('can be stopped from inside its function', async ({ client }) => {
    const calls = new Recorder<string>();
    const watch: DataWatch = new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      watch.stop();
    });
    const live = new Recorder<string>();
    new DataWatch(client, '/node', (data) => live.record(String(data)));
    await calls.untilCount(1);
    await client.create('/node', 'one');
    await live.until((all) => all.at(-1) === 'one');
    expect(calls.items).toEqual(['null']);
  });

  it('can close and await the client from inside its function', async ({ client, other }) => {
    await other.create('/node', 'one');
    const calls = new Recorder<string>();
    const reasons = new Recorder<StopReason>();
    const watch = new DataWatch(client, '/node', async (data) => {
      calls.record(`${data} begins`);
      await client.close();
      calls.record(`${data} ends`);
    }).on('stop', reasons.record);
    expect(await calls.untilCount(2)).toEqual(['one begins', 'one ends']);
    await watch.ready;
    expect(await reasons.untilCount(1)).toEqual(['client-closed']);
    expect(client.state).toBe('closed');
  });

  it('can close the client from inside its function without awaiting it', async ({ client, other }) => {
    await other.create('/node', 'one');
    const calls = new Recorder<string>();
    const watch = new DataWatch(client, '/node', (data) => {
      calls.record(String(data));
      void client.close();
    });
    await watch.ready;
    await client.close();
    await other.setData('/node', 'two');
    await turn();
    expect(watch.stopped).toBe(true);
    expect(calls.items).toEqual(['one']);
  });

  it('does not call a watch that another stops for the same change', async ({ client }) => {
    const first = new DataWatch(client, '/node', (data) => (data === null ? undefined : second.stop()));
    const calls = new Recorder<string>();
    const second = new DataWatch(client, '/node', (data) => calls.record(String(data)));
    const live = new Recorder<string>();
    new DataWatch(client, '/node', (data) => live.record(String(data)));
    await Promise.all([first.ready, second.ready]);
    await client.create('/node', 'one');
    await live.until((all) => all.at(-1) === 'one');
    expect(calls.items).toEqual(['null']);
  });

  it('sets `stopped` at once, emits its reason once, and can be stopped again', async ({ client }) => {
    const aborter = new AbortController();
    const reasons = new Recorder<StopReason>();
    const watch = new DataWatch(client, '/node', () => {}, { signal: aborter.signal }).on('stop', reasons.record);
    await watch.ready;
    expect(watch.stopped).toBe(false);
    watch.stop();
    expect(watch.stopped).toBe(true);
    expect(reasons.items).toEqual([]);

    watch.stop();
    watch[Symbol.dispose]();
    aborter.abort();
    await client.close();
    expect(await reasons.untilCount(1)).toEqual(['stopped']);
    await turn();
    expect(reasons.items).toEqual(['stopped']);
  });

  it('stops a watch by its disposal', async ({ client }) => {
    const reasons = new Recorder<StopReason>();
    const watch = new ChildrenWatch(client, '/', () => {}).on('stop', reasons.record);
    await watch.ready;
    watch[Symbol.dispose]();
    expect(watch.stopped).toBe(true);
    expect(await reasons.untilCount(1)).toEqual(['stopped']);
  });

  it('leaves no listener at the client, whatever stopped it', async ({ client, other, port }) => {
    expect(client.listenerCount('state')).toBe(0);
    await other.create('/node');
    const aborter = new AbortController();
    const reasons = new Recorder<StopReason>();
    const watches = [
      new DataWatch(client, '/node', () => {}),
      new DataWatch(client, '/node', () => {}, { signal: aborter.signal }),
      new DataWatch(client, '/node', () => false),
      new ChildrenWatch(client, '/node', () => {}),
      new ChildrenWatch(client, '/', () => {}, { allowSessionLost: false }),
      new ChildrenWatch(client, '/missing', () => {}),
    ];
    for (const watch of watches) watch.on('stop', reasons.record);
    await Promise.allSettled(watches.map((watch) => watch.ready));
    expect(client.listenerCount('state')).toBeGreaterThan(0);

    watches[0]?.stop();
    aborter.abort();
    await other.delete('/node');
    await expireSession(client, port);
    await reasons.untilCount(6);
    expect([...reasons.items].sort()).toEqual([
      'aborted',
      'no-node',
      'no-node',
      'returned-false',
      'session-lost',
      'stopped',
    ]);
    expect(client.listenerCount('state')).toBe(0);
  });

  it('leaves no listener at a client that was closed', async ({ client }) => {
    const watch = new DataWatch(client, '/node', () => {});
    const unregistered = new DataWatch(client, '/node');
    void unregistered.ready.catch(() => {});
    await watch.ready;
    await client.close();
    await turn();
    expect(client.listenerCount('state')).toBe(0);
  });

  it('sends no request when the signal has aborted before', async () => {
    const client = new FakeClient();
    const func = vi.fn();
    const reasons = new Recorder<StopReason>();
    const watch = new DataWatch(client, '/node', func, { signal: AbortSignal.abort() }).on('stop', reasons.record);
    expect(watch.stopped).toBe(true);
    expect(await reasons.untilCount(1)).toEqual(['aborted']);
    await turn();
    expect(func).not.toHaveBeenCalled();
    expect([client.reads, client.listenerCount]).toEqual([[], 0]);
  });

  it('lets any number of watches share a signal, without a warning, and removes its listener', async ({ client }) => {
    const warnings = new Recorder<string>();
    const onWarning = (warning: Error) => warnings.record(warning.name);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    const watches = Array.from({ length: 50 }, () => new DataWatch(client, '/node', () => {}, { signal }));
    await Promise.all(watches.map((watch) => watch.ready));
    await turn();
    process.off('warning', onWarning);
    expect(warnings.items).toEqual([]);

    for (const watch of watches) watch.stop();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('stops all watches of a signal when it aborts', async ({ client }) => {
    const aborter = new AbortController();
    const reasons = new Recorder<StopReason>();
    const { signal } = aborter;
    const watches = Array.from({ length: 20 }, () => new DataWatch(client, '/node', () => {}, { signal }));
    for (const watch of watches) watch.on('stop', reasons.record);
    await Promise.all(watches.map((watch) => watch.ready));
    watches[3]?.stop();
    aborter.abort();
    expect(watches.every((watch) => watch.stopped)).toBe(true);
    const seen = await reasons.untilCount(20);
    expect(seen.filter((reason) => reason === 'aborted')).toHaveLength(19);
  });
});
