import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BlobWatch } from '../../../recipes/blobs/index.js';
import { pass, turn } from '../../../testing/passing-time.js';
import { FakeBlobs } from '../../support/fake-blobs.js';

afterEach(() => {
  vi.useRealTimers();
});

describe('B10: stopWatch', () => {
  it('takes every watch of a callback, all of a blob, and nothing that is unknown', async () => {
    const { storage } = new FakeBlobs();
    const [one, two] = [() => {}, () => {}];
    const watches = {
      a1: storage.watch('a', one),
      a1again: storage.watch('a', one),
      a2: storage.watch('a', two),
      b1: storage.watch('b', one),
      all: storage.watchAll('a', one),
    };
    const stopped = (): string[] =>
      Object.entries(watches)
        .filter(([, watch]) => watch.stopped)
        .map(([name]) => name);
    storage.stopWatch('a', () => {});
    storage.stopWatch('c');
    storage.stopWatch('not/../an id');
    expect(stopped()).toEqual([]);
    storage.stopWatch('a', one);
    expect(stopped()).toEqual(['a1', 'a1again']);
    storage.stopWatch('a');
    expect(stopped()).toEqual(['a1', 'a1again', 'a2']);
    storage.stopAllWatches();
    expect(stopped()).toEqual(['a1', 'a1again', 'a2', 'b1', 'all']);
  });

  it('leaves a storage whose watches are all stopped usable', async () => {
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const calls: string[] = [];
    for (const name of ['one', 'two']) {
      storage.watch('a', () => void calls.push(name));
      await turn();
      storage.stopAllWatches();
      blobs.write('a', name);
      await turn();
    }
    expect(calls).toEqual(['one', 'two']);
    expect(client.listenerCount).toBe(0);
  });

  it('from a callback is final at once, and does not wait for itself', async () => {
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const calls: string[] = [];
    const reasons: string[] = [];
    for (const [name, stop] of [
      ['stopWatch', () => storage.stopWatch('a')],
      ['stopAllWatches', () => storage.stopAllWatches()],
      ['false', () => false],
      ['a promise of false', async () => false],
      ['stop', (watch: BlobWatch) => watch.stop()],
    ] as const) {
      const watch = storage.watch('a', () => {
        calls.push(name);
        return stop(watch);
      });
      watch.on('stop', (reason) => reasons.push(reason));
      await turn();
      expect(watch.stopped).toBe(true);
      blobs.write('a', name);
      await turn();
    }
    expect(calls).toEqual(['stopWatch', 'stopAllWatches', 'false', 'a promise of false', 'stop']);
    expect(reasons).toEqual(['stopped', 'stopped', 'returned-false', 'returned-false', 'stopped']);
    expect(client.listenerCount).toBe(0);
    expect(client.armed).toBe(0);
  });

  it('is what a signal does, one that has aborted before too, and the end of the client', async () => {
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const aborting = new AbortController();
    const reasons: string[] = [];
    const note = (reason: string): void => void reasons.push(reason);
    const signals = [AbortSignal.abort(), aborting.signal, undefined];
    const watches = signals.flatMap((signal) => [
      storage.watch('a', () => {}, signal && { signal }),
      storage.watchAll('', () => {}, signal && { signal }),
    ]);
    for (const watch of watches) watch.on('stop', note);
    await turn();
    aborting.abort();
    await turn();
    expect(reasons).toEqual(['aborted', 'aborted', 'aborted', 'aborted']);
    client.become('closed');
    await turn();
    expect(reasons.slice(4)).toEqual(['client-closed', 'client-closed']);
    expect(client.listenerCount).toBe(0);
  });
});

describe('B11: a watch that is idle', () => {
  it('stops after maxIdleTimeout: with a stop event, a line of the log and a message of the channel', async () => {
    vi.useFakeTimers();
    const { storage, client } = new FakeBlobs();
    const messages: unknown[] = [];
    const listener = (message: unknown): void => void messages.push(message);
    channel('zk-recipes:watch:stop').subscribe(listener);
    const one = storage.watch('a', () => {}, { maxIdleTimeout: 1_000 });
    const reasons: string[] = [];
    storage.watchAll('', () => {}, { maxIdleTimeout: 1_000 }).on('stop', (reason) => reasons.push(reason));
    const other = storage.watch('a', () => {});
    await pass(990);
    expect(one.stopped).toBe(false);
    await pass(20);
    channel('zk-recipes:watch:stop').unsubscribe(listener);
    expect(one.stopped).toBe(true);
    expect(reasons).toEqual(['idle']);
    expect(messages).toMatchObject([
      { path: '/blobs/m/a', reason: 'idle' },
      { path: '/blobs/m', reason: 'idle' },
    ]);
    // With a listener it is no warning.
    expect(client.logger.messages('warn')).toEqual([
      'the watch of "a" has stopped (idle): nothing has changed for 1000 ms',
    ]);
    expect(client.logger.messages('info')).toEqual([
      'the watch of "" has stopped (idle): nothing has changed for 1000 ms',
    ]);
    expect(other.stopped).toBe(false);
    // The default is ten minutes.
    await pass(600_000 - 1_100);
    expect(other.stopped).toBe(false);
    await pass(200);
    expect(other.stopped).toBe(true);
    expect(client.listenerCount).toBe(0);
  });

  it.for(['watch', 'watchAll'] as const)('counts for each callback, and only while it is fresh: %s', async (method) => {
    vi.useFakeTimers();
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const begin = (during: () => unknown = () => {}) => storage[method]('a', during, { maxIdleTimeout: 1_000 });
    const first = begin(() => {
      throw new Error('thrown');
    });
    await pass(500);
    const second = begin();
    await pass(400);
    // A change starts both clocks again, also for a callback that throws.
    blobs.write('a', 'new');
    await pass(900);
    expect([first.stopped, second.stopped]).toEqual([false, false]);
    client.become('suspended');
    await pass(5_000);
    client.become('connected');
    await pass(90);
    expect([first.stopped, second.stopped]).toEqual([false, false]);
    await pass(20);
    expect([first.stopped, second.stopped]).toEqual([true, true]);
    const third = begin();
    await pass(600);
    const fourth = begin();
    await pass(500);
    expect([third.stopped, fourth.stopped]).toEqual([true, false]);
    await pass(600);
    expect(fourth.stopped).toBe(true);
  });

  it('counts as long as a timer can be', async () => {
    vi.useFakeTimers();
    const { storage } = new FakeBlobs();
    const longest = 2 ** 31 - 1;
    const watches = [
      storage.watch('a', () => {}, { maxIdleTimeout: longest }),
      storage.watchAll('', () => {}, { maxIdleTimeout: longest }),
    ];
    await pass(1_000_000);
    expect(watches.map(({ stopped }) => stopped)).toEqual([false, false]);
    storage.stopAllWatches();
    for (const method of ['watch', 'watchAll'] as const)
      expect(() => storage[method]('a', () => {}, { maxIdleTimeout: longest + 1 })).toThrow('maxIdleTimeout must be');
  });

  it('is none with maxIdleTimeout Infinity, and does not count what is no change of a blob', async () => {
    vi.useFakeTimers();
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const forever = storage.watch('a', () => {}, { maxIdleTimeout: Infinity });
    const one = storage.watch('a', () => {}, { maxIdleTimeout: 1_000 });
    const all = storage.watchAll('', () => {}, { maxIdleTimeout: 1_000 });
    await pass(900);
    client.tree.create('/blobs/m/a');
    client.tree.set('/blobs/m', '');
    await pass(200);
    expect([one.stopped, all.stopped]).toEqual([true, true]);
    await pass(10_000_000);
    expect(forever.stopped).toBe(false);
    forever.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
