import { describe, expect } from 'vitest';
import { DataWatch, type ZooKeeperClient } from '../../../index.js';
import { type BlobFile, BlobStorage } from '../../../recipes/blobs/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { bytesOf } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';
import { LeftBehind } from '../../support/left-behind.js';
import { CONNECTION_TROUBLES, EXPIRIES, troubledScene } from '../../support/troubles.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

/** The texts that a callback gets; `null` for no blob. */
function recordTexts(): { texts: Recorder<string | null>; callback: (file: BlobFile | null) => Promise<void> } {
  const texts = new Recorder<string | null>();
  return { texts, callback: async (file) => texts.record(file && (await file.readText())) };
}

/** The client, with a list of the requests that are made of it. */
function counted(client: ZooKeeperClient): { counting: ZooKeeperClient; requests: string[] } {
  const requests: string[] = [];
  const counting = new Proxy(client, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (typeof args[0] === 'string' && args[0].startsWith('/')) requests.push(`${String(key)} ${args[0]}`);
        return value.apply(target, args);
      };
    },
  });
  return { counting, requests };
}

describe('B9: a watch of a blob', () => {
  it('calls back with the blob now, at each change, and with null while there is none', async ({ client, other }) => {
    const { texts, callback } = recordTexts();
    const writer = new BlobStorage(other, SMALL);
    const watch = new BlobStorage(client).watch('a/b', callback);
    expect(watch.id).toBe('a/b');
    await watch.ready;
    const steps: [string | null, () => Promise<unknown>][] = [
      [null, async () => {}],
      ['small', () => writer.put('a/b', 'small')],
      ['large'.repeat(50), () => writer.put('a/b', 'large'.repeat(50))],
      [null, () => writer.delete('a/b')],
      ['again', () => writer.put('a/b', 'again')],
      [null, () => writer.put('a/b/c', 'below').then(() => writer.delete('a/b'))],
      ['back', () => writer.put('a/b', 'back')],
    ];
    for (const [index, [expected, change]] of steps.entries()) {
      await change();
      const seen = await texts.until((items) => items.length > index && items.at(-1) === expected);
      expect(seen).toHaveLength(index + 1);
    }
    expect(watch.status).toBe('fresh');
    watch.stop();
    expect(watch.stopped).toBe(true);
  });

  it('is not called for znodes that only stand between the segments of ids', async ({ client, other }) => {
    const { texts, callback } = recordTexts();
    const writer = new BlobStorage(other, SMALL);
    const watch = new BlobStorage(client).watch('a', callback);
    await watch.ready;
    await writer.put('a/b', 'below');
    await writer.put('a', '1');
    await texts.until((items) => items.at(-1) === '1');
    await writer.delete('a');
    await texts.until((items) => items.at(-1) === null);
    await writer.delete('a/b');
    await writer.put('a/c', 'below');
    await writer.put('a', '2');
    await texts.until((items) => items.at(-1) === '2');
    expect(texts.items).toEqual([null, '1', null, '2']);
    watch.stop();
  });

  it('of a small blob sends what a DataWatch sends', async ({ client, other }) => {
    const writer = new BlobStorage(other);
    await writer.put('a', '0');
    const { counting, requests } = counted(client);
    const calls = new Recorder<unknown>();
    const sent = async (watch: { ready: Promise<void>; stop(): void }): Promise<string[]> => {
      await watch.ready;
      for (let round = 0; round < 3; round += 1) {
        const count = calls.items.length;
        await writer.put('a', `round ${round}`);
        await calls.untilCount(count + 1);
      }
      watch.stop();
      return requests.splice(0);
    };
    const ofBlob = await sent(new BlobStorage(counting).watch('a', calls.record));
    const ofData = await sent(new DataWatch(counting, '/blobs/m/a', calls.record));
    expect(ofBlob).toEqual(ofData);
    expect(ofBlob.filter((each) => each === 'getData /blobs/m/a')).toHaveLength(4);
  });

  it('gives files of one generation, which small blobs are without a further read', async ({ client, other }) => {
    const writer = new BlobStorage(other, { ...SMALL, grace: 60_000 });
    await writer.put('small', 'one');
    await writer.put('large', bytesOf(300, 1));
    const { counting, requests } = counted(client);
    const blobs = new BlobStorage(counting);
    const files = new Recorder<BlobFile>();
    for (const id of ['small', 'large']) blobs.watch(id, (file) => file && files.record(file));
    await files.untilCount(2);
    await writer.put('small', 'two');
    await writer.put('large', bytesOf(300, 2));
    await files.untilCount(4);
    requests.length = 0;
    const texts = await Promise.all(files.items.filter(({ id }) => id === 'small').map((file) => file.readText()));
    expect(texts).toEqual(['one', 'two']);
    expect(requests).toEqual([]);
    const large = await Promise.all(files.items.filter(({ id }) => id === 'large').map((file) => file.read()));
    expect(large).toEqual([bytesOf(300, 1), bytesOf(300, 2)]);
    blobs.stopAllWatches();
  });

  it.for([...CONNECTION_TROUBLES, ...EXPIRIES])(
    'has the newest blob after $name, and says that it is resynced',
    async ({ begin, end }, { connect, proxy, port, chroot, other }) => {
      const client = await connect({ connectString: `${proxy.connectString}${chroot}`, sessionTimeout: 800 });
      const writer = new BlobStorage(other);
      await writer.put('a', '0');
      const { texts, callback } = recordTexts();
      const watch = new BlobStorage(client).watch('a', callback);
      const resynced = new Recorder<string>();
      watch.on('resynced', () => resynced.record(watch.status));
      await watch.ready;
      const scene = troubledScene(client, proxy, port);
      await begin(scene);
      await writer.put('a', '1');
      await end?.(scene);
      await texts.until((items) => items.at(-1) === '1');
      await resynced.untilCount(1);
      expect(new Set(resynced.items)).toEqual(new Set(['fresh']));
      await writer.put('a', '2');
      await texts.until((items) => items.at(-1) === '2');
      expect(texts.items).toEqual([...new Set(texts.items)]);
      watch.stop();
      await client.close();
    },
  );

  it('reports a damaged blob, and goes on with a sound one', async ({ client, other }) => {
    const writer = new BlobStorage(other);
    await writer.put('a', 'sound');
    const { texts, callback } = recordTexts();
    const watch = new BlobStorage(client).watch('a', callback);
    const errors = new Recorder<unknown>();
    watch.on('error', errors.record);
    await watch.ready;
    await other.setData('/blobs/m/a', 'damaged');
    await errors.untilCount(1);
    expect(errors.last).toMatchObject({ code: 'BLOB_CORRUPT', id: 'a', path: '/blobs/m/a' });
    await writer.put('a', 'sound again');
    await texts.until((items) => items.at(-1) === 'sound again');
    expect(texts.items).toEqual(['sound', 'sound again']);
    watch.stop();
  });

  it('leaves nothing behind', async ({ makeClient, other }) => {
    await new BlobStorage(other).put('a', 'x');
    const left = new LeftBehind();
    const client = await left.note(makeClient()).connect();
    const blobs = left.note(new BlobStorage(client));
    const listeners = client.listenerCount('state');
    for (const id of ['a', 'b']) {
      await left.note(blobs.watch(id, () => {})).ready;
      await left.note(blobs.watchAll(id, () => {})).ready;
    }
    blobs.stopAllWatches();
    await client.sync('/');
    expect(client.listenerCount('state')).toBe(listeners);
    await client.close();
  });
});
