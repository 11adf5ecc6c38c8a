import { channel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BlobFile, BlobWatch } from '../../../recipes/blobs/index.js';
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

describe('B12: the callbacks of one blob', () => {
  it('share one read for each change, and those of different blobs are independent', async () => {
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    blobs.write('a', '0');
    blobs.write('b', '0');
    const calls: string[] = [];
    let goOn: () => void = () => {};
    const stuck = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const record =
      (name: string, during?: () => unknown) =>
      async (file: BlobFile | null): Promise<void> => {
        calls.push(`${name}: ${await file?.readText()}`);
        await during?.();
      };
    for (const name of ['one', 'two', 'three']) storage.watch('a', record(name));
    storage.watch(
      'a',
      record('stuck', () => stuck),
    );
    storage.watch('a', () => {
      throw new Error('thrown');
    });
    storage.watch('b', record('b'));
    await turn();
    expect(client.reads).toEqual(['getData /blobs/m/a', 'getData /blobs/m/b']);
    for (const value of ['1', '2']) {
      client.reads.length = 0;
      calls.length = 0;
      blobs.write('a', value);
      await turn();
      expect(client.reads).toEqual(['getData /blobs/m/a']);
      expect(calls).toEqual(['one', 'two', 'three'].map((name) => `${name}: ${value}`));
    }
    calls.length = 0;
    blobs.write('b', '1');
    await turn();
    expect(calls).toEqual(['b: 1']);
    // The newest state is delivered after the call that was stuck; the one between is not.
    calls.length = 0;
    goOn();
    await turn();
    expect(calls).toEqual(['stuck: 2']);
    storage.stopAllWatches();
  });

  it('are called one at a time each, and first in a later microtask', async () => {
    const blobs = new FakeBlobs();
    const { storage } = blobs;
    blobs.write('a', '0');
    let [running, most, calls] = [0, 0, 0];
    const watch = storage.watch('a', async () => {
      calls += 1;
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    });
    expect(calls).toBe(0);
    for (let round = 0; round < 10; round += 1) {
      blobs.write('a', `${round}`);
      await Promise.resolve();
    }
    await watch.ready;
    for (let round = 0; round < 5; round += 1) await turn();
    expect(most).toBe(1);
    expect(calls).toBeGreaterThan(1);
    watch.stop();
  });

  it('with `initial: false` are called at changes only, and `ready` says that the watch stands', async () => {
    const blobs = new FakeBlobs();
    const { storage } = blobs;
    blobs.write('a', '0');
    const calls: string[] = [];
    const one = storage.watch('a', async (file) => void calls.push(`${await file?.readText()}`), { initial: false });
    const all = storage.watchAll('', (changes) => void calls.push(`all ${changes.map(({ type }) => type)}`), {
      initial: false,
    });
    await Promise.all([one.ready, all.ready]);
    await turn();
    expect(calls).toEqual([]);
    blobs.write('a', '1');
    await turn();
    expect(calls.sort()).toEqual(['1', 'all modified']);
    storage.stopAllWatches();
  });

  it('may fail: the error goes to listeners or the log, `ready` rejects with a first one, and the watch goes on', async () => {
    const blobs = new FakeBlobs();
    const { storage, client } = blobs;
    const errors: unknown[] = [];
    const heard = storage.watch('a', () => {
      throw new Error('heard');
    });
    heard.on('error', (error) => errors.push(error));
    const unheard = storage.watch('a', async () => {
      throw new Error('unheard');
    });
    await expect(heard.ready).rejects.toThrow('heard');
    await expect(unheard.ready).rejects.toThrow('unheard');
    blobs.write('a', '1');
    await turn();
    expect(errors).toHaveLength(2);
    expect(client.logger.messages('error')).toContain('the function of the watch of /blobs/m/a threw: unheard');
    expect([heard.stopped, unheard.stopped]).toEqual([false, false]);
    storage.stopAllWatches();
  });
});
