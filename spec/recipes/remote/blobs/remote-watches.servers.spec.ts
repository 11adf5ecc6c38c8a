import { describe, expect } from 'vitest';
import { ClientClosedError, NoAuthError } from '../../../../lib/core/errors.js';
import type { BlobChange, BlobFile } from '../../../../recipes/blobs/index.js';
import { RemoteBlobStorage } from '../../../../recipes/remote/index.js';
import { eventually } from '../../../../testing/eventually.js';
import { Recorder } from '../../../../testing/recorder.js';
import { it } from '../../../support/blob-servers.js';
import { rejectionOf } from '../../../support/rejection.js';

const RETRY = { minDelay: 5, maxDelay: 50 };

async function contentOf(file: BlobFile | null): Promise<string | null> {
  return file && (await file.readText());
}

describe('watches of a remote storage', () => {
  it('call back with the blob now, at each change, and with null while there is none', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    await using blobs = new RemoteBlobStorage(url);
    const contents = new Recorder<string | null>();
    const watch = blobs.watch('a', async (file) => contents.record(await contentOf(file)));
    await watch.ready;
    expect([contents.items, watch.status]).toEqual([[null], 'fresh']);
    await storage.put('a', '1');
    await contents.untilCount(2);
    await storage.put('a', '2');
    await contents.untilCount(3);
    await storage.delete('a');
    expect(await contents.untilCount(4)).toEqual([null, '1', '2', null]);
  });

  it('of a prefix call back with batches of changes', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    await storage.put('x/1', '1');
    await using blobs = new RemoteBlobStorage(url);
    const changes = new Recorder<string>();
    const record = (batch: readonly BlobChange[]): void => {
      for (const { type, id } of batch) changes.record(`${type} ${id}`);
    };
    const watch = blobs.watchAll('x/', record);
    await watch.ready;
    await eventually(() => changes.items.length === 1);
    await storage.put('x/2', '1');
    await changes.untilCount(2);
    await storage.put('x/1', '2');
    await changes.untilCount(3);
    await storage.put('y', '2');
    await storage.delete('x/2');
    expect(await changes.untilCount(4)).toEqual(['created x/1', 'created x/2', 'modified x/1', 'deleted x/2']);
  });

  it('share one request, whatever their number', async ({ client, serve }) => {
    const { url, storage, server } = await serve(client);
    let [open, most] = [0, 0];
    server.on('request', (_request, response) => {
      open += 1;
      most = Math.max(most, open);
      response.on('close', () => {
        open -= 1;
      });
    });
    await using blobs = new RemoteBlobStorage(url);
    const calls = new Recorder<string>();
    const watches = Array.from({ length: 200 }, (_, index) => {
      const id = `id-${index}`;
      return blobs.watch(id, (file) => file && calls.record(id));
    });
    await Promise.all(watches.map(({ ready }) => ready));
    await storage.put('id-7', '1');
    await storage.put('id-150', '1');
    await calls.untilCount(2);
    expect([[...calls.items].sort(), most]).toEqual([['id-150', 'id-7'], 1]);
    blobs.stopAllWatches();
    await eventually(() => open === 0);
  });

  it('go on at another server, and miss no deletion', async ({ client, other, serve, logger }) => {
    const [one, two] = [await serve(client), await serve(other)];
    await using blobs = new RemoteBlobStorage([one.url, two.url], { retry: RETRY });
    const contents = new Recorder<string | null>();
    const changes = new Recorder<string>();
    const watch = blobs.watch('a', async (file) => contents.record(await contentOf(file)));
    blobs.watchAll('', (batch) => {
      for (const { type, id } of batch) changes.record(`${type} ${id}`);
    });
    const resynced = new Recorder<true>();
    watch.on('resynced', () => resynced.record(true));
    await watch.ready;
    await one.storage.put('a', '1');
    await one.storage.put('b', '1');
    await contents.untilCount(2);
    await changes.untilCount(2);
    await one.close();
    await two.storage.delete('b');
    await two.storage.put('a', '2');
    expect(await contents.untilCount(3)).toEqual([null, '1', '2']);
    await changes.until((items) => items.includes('deleted b') && items.includes('modified a'));
    await resynced.untilCount(1);
    expect(logger.messages('error')).toEqual([]);
  });

  it('are stale while no server can be reached, and call on when one is back', async ({ client, serve }) => {
    const first = await serve(client);
    await using blobs = new RemoteBlobStorage(first.url, { retry: RETRY });
    const contents = new Recorder<string | null>();
    const watch = blobs.watch('a', async (file) => contents.record(await contentOf(file)));
    await watch.ready;
    await first.close();
    await eventually(() => watch.status === 'stale');
    await first.storage.put('a', '1');
    await serve(client, { storage: first.storage, port: first.port });
    expect(await contents.untilCount(2)).toEqual([null, '1']);
    await eventually(() => watch.status === 'fresh');
  });

  it('that may not be had stop with the error, and cost the others nothing', async ({ client, serve }) => {
    const { url, storage } = await serve(client, { authorize: (_request, { id }) => id !== 'secret' });
    await using blobs = new RemoteBlobStorage(url, { retry: RETRY });
    const stops = new Recorder<string>();
    const contents = new Recorder<string | null>();
    const denied = blobs.watch('secret', () => {});
    denied.on('stop', stops.record).on('error', () => {});
    blobs.watch('a', async (file) => contents.record(await contentOf(file)));
    expect(await rejectionOf(denied.ready)).toBeInstanceOf(NoAuthError);
    await stops.untilCount(1);
    await storage.put('a', '1');
    await contents.until((items) => items.at(-1) === '1');
    expect([stops.items, denied.stopped]).toEqual([['error'], true]);
  });

  it('stop by false, by callback, by signal, idle and at close', async ({ client, serve }) => {
    const { url } = await serve(client);
    const blobs = new RemoteBlobStorage(url);
    const stops = new Recorder<string>();
    const begin = (id: string, callback: () => unknown, options = {}) => {
      const watch = blobs.watch(id, callback, options);
      watch.on('stop', (reason) => stops.record(`${id} ${reason}`));
      return watch;
    };
    const [callback, other] = [() => {}, () => {}];
    const aborting = new AbortController();
    begin('false', () => false);
    const both = [begin('mine', callback), begin('mine', callback)];
    const kept = begin('mine', other);
    begin('signal', callback, { signal: aborting.signal });
    begin('idle', callback, { maxIdleTimeout: 50 });
    await stops.untilCount(2);
    blobs.stopWatch('mine', callback);
    blobs.stopWatch('mine', () => {});
    expect([both.map(({ stopped }) => stopped), kept.stopped]).toEqual([[true, true], false]);
    aborting.abort();
    await blobs.close();
    const items = await stops.untilCount(6);
    expect([...items].sort()).toEqual([
      'false returned-false',
      'idle idle',
      'mine client-closed',
      'mine stopped',
      'mine stopped',
      'signal aborted',
    ]);
    expect(await rejectionOf(blobs.info('a'))).toBeInstanceOf(ClientClosedError);
    expect(blobs.watch('a', () => {}).stopped).toBe(true);
  });

  it('survive a callback that throws, and call one at a time', async ({ client, serve }) => {
    const { url, storage } = await serve(client);
    await using blobs = new RemoteBlobStorage(url);
    const calls = new Recorder<string>();
    const errors = new Recorder<unknown>();
    let running = 0;
    const watch = blobs.watch('a', async (file) => {
      running += 1;
      calls.record(`${file?.info?.size} ${running}`);
      await new Promise(setImmediate);
      running -= 1;
      throw new Error('mine');
    });
    watch.on('error', errors.record);
    expect(await rejectionOf(watch.ready)).toMatchObject({ message: 'mine' });
    for (const content of ['1', '12', '123']) await storage.put('a', content);
    await calls.until((items) => items.at(-1) === '3 1');
    expect(errors.items.length).toBeGreaterThanOrEqual(2);
    expect(calls.items.every((call) => call.endsWith(' 1'))).toBe(true);
  });
});
