import { describe, expect } from 'vitest';
import { type BlobChange, BlobStorage } from '../../../recipes/blobs/index.js';
import { Recorder } from '../../../testing/recorder.js';
import { bytesOf } from '../../support/blobs.js';
import { it, recordStates } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

function recordChanges(): { batches: Recorder<string[]>; callback: (changes: readonly BlobChange[]) => Promise<void> } {
  const batches = new Recorder<string[]>();
  const textOf = async ({ type, id, file }: BlobChange): Promise<string> => {
    const text = await file?.readText();
    return text === undefined ? `${type} ${id}` : `${type} ${id} ${text}`;
  };
  return { batches, callback: async (changes) => batches.record(await Promise.all(changes.map(textOf))) };
}

describe('watchAll', () => {
  it('calls back with all blobs of a prefix, then with each change of them', async ({ client, other }) => {
    const writer = new BlobStorage(other, { ...SMALL, grace: 0 });
    for (const id of ['a', 'app/one', 'app/two', 'apple', 'b/app']) await writer.put(id, '1');
    const { batches, callback } = recordChanges();
    const watch = new BlobStorage(client).watchAll('ap', callback);
    expect(watch.id).toBe('ap');
    await watch.ready;
    expect(batches.items).toEqual([['created app/one 1', 'created app/two 1', 'created apple 1']]);
    const steps: [string | null, () => Promise<unknown>][] = [
      ['modified apple 2', () => writer.put('apple', '2')],
      [null, () => writer.put('a', '2')],
      ['deleted app/one', () => writer.delete('app/one')],
      ['created app/one 3', () => writer.put('app/one', '3')],
      ['created app 4', () => writer.put('app', '4')],
      ['deleted app', () => writer.delete('app')],
      [`modified app/one ${'x'.repeat(500)}`, () => writer.put('app/one', 'x'.repeat(500))],
      [null, () => writer.delete('b/app')],
      ['created app/new/deep 5', () => writer.put('app/new/deep', '5')],
    ];
    const expected = ['created app/one 1', 'created app/two 1', 'created apple 1'];
    for (const [change, make] of steps) {
      await make();
      if (change === null) continue;
      expected.push(change);
      await batches.until((items) => items.flat().at(-1) === change);
      expect(batches.items.flat()).toEqual(expected);
    }
    watch.stop();
  });

  it('calls back first with nothing where there is nothing', async ({ client, other }) => {
    const { batches, callback } = recordChanges();
    const watch = new BlobStorage(client).watchAll('config/', callback);
    await watch.ready;
    expect(batches.items).toEqual([[]]);
    await new BlobStorage(other).put('config/a', '1');
    await batches.untilCount(2);
    expect(batches.last).toEqual(['created config/a 1']);
    watch.stop();
  });

  it('has the position and the generation of each change', async ({ client, other }) => {
    const writer = new BlobStorage(other, SMALL);
    const changes = new Recorder<BlobChange>();
    const watch = new BlobStorage(client).watchAll('', (batch) => batch.forEach(changes.record));
    await watch.ready;
    const info = await writer.put('a', bytesOf(200));
    await changes.untilCount(1);
    expect(changes.last).toMatchObject({ type: 'created', id: 'a', position: info.position });
    expect(changes.last?.file?.info).toEqual(info);
    await writer.delete('a');
    await changes.untilCount(2);
    expect(changes.last).toMatchObject({ type: 'deleted', id: 'a', file: null });
    expect(changes.last?.position).toBeGreaterThan(info.position);
    watch.stop();
  });

  it('coalesces the changes during a call, one for each blob', async ({ client, other }) => {
    const writer = new BlobStorage(other, SMALL);
    const batches = new Recorder<readonly BlobChange[]>();
    let goOn: () => void = () => {};
    const watch = new BlobStorage(client).watchAll('', (changes) => {
      batches.record(changes);
      return new Promise<void>((resolve) => {
        goOn = resolve;
      });
    });
    await batches.untilCount(1);
    await writer.put('a', '1');
    await batches.untilCount(1);
    goOn();
    await batches.untilCount(2);
    for (let round = 0; round < 5; round += 1) {
      await writer.put('a', `${round}`);
      await writer.put('gone', `${round}`);
      await writer.delete('gone');
      await writer.put('new', `${round}`);
    }
    await client.sync('/');
    goOn();
    // Reads may have been under way: the last of the batches has the newest of both.
    await batches.until((items) => {
      goOn();
      const seen = items.slice(2).flat();
      return seen.filter(({ id }) => id === 'new').length > 0 && seen.filter(({ id }) => id === 'a').length > 0;
    });
    for (const batch of batches.items) expect(new Set(batch.map(({ id }) => id)).size).toBe(batch.length);
    expect(batches.items.length).toBeLessThan(8);
    watch.stop();
    goOn();
  });

  it('has what has changed after an interruption, deletions too', async ({ proxied, proxy, other }) => {
    const writer = new BlobStorage(other, SMALL);
    for (const id of ['same', 'changed', 'gone', 'again']) await writer.put(id, '1');
    const { batches, callback } = recordChanges();
    const watch = new BlobStorage(proxied).watchAll('', callback);
    await watch.ready;
    batches.clear();
    const states = recordStates(proxied);
    proxy.refuse();
    proxy.cut();
    await states.until((seen) => seen.includes('suspended'));
    await writer.put('changed', '2');
    await writer.delete('gone');
    await writer.delete('again');
    await writer.put('again', '2');
    await writer.put('new', '2');
    await proxy.accept();
    await batches.until((items) => items.flat().length >= 4);
    expect(batches.items.flat().sort()).toEqual([
      'created new 2',
      'deleted gone',
      'modified again 2',
      'modified changed 2',
    ]);
    watch.stop();
  });

  it('reports a damaged blob, and goes on with the others', async ({ client, other }) => {
    const writer = new BlobStorage(other, SMALL);
    await writer.put('a', '1');
    const { batches, callback } = recordChanges();
    const watch = new BlobStorage(client).watchAll('', callback);
    const errors = new Recorder<unknown>();
    watch.on('error', errors.record);
    await watch.ready;
    await other.setData('/blobs/m/a', 'damaged');
    await errors.untilCount(1);
    expect(errors.last).toMatchObject({ code: 'BLOB_CORRUPT', id: 'a' });
    await writer.put('b', '1');
    await writer.put('a', '2');
    await batches.until((items) => items.flat().at(-1) === 'modified a 2');
    expect(batches.items.flat()).toEqual(['created a 1', 'created b 1', 'modified a 2']);
    watch.stop();
  });
});
