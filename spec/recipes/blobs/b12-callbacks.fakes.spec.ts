import { describe, expect, it } from 'vitest';
import type { BlobFile } from '../../../recipes/blobs/index.js';
import { turn } from '../../../testing/passing-time.js';
import { FakeBlobs } from '../../support/fake-blobs.js';

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
    expect(client.logger.messages('error')).toContainEqual(
      expect.stringMatching(/^the function of the watch of \/blobs\/m\/a threw: unheard; the watch goes on: /),
    );
    expect([heard.stopped, unheard.stopped]).toEqual([false, false]);
    storage.stopAllWatches();
  });
});
