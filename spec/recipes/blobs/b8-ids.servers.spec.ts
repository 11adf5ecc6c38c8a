import { describe, expect } from 'vitest';
import { BlobStorage } from '../../../recipes/blobs/index.js';
import { all, bytesOf, namesBelow, untilClean } from '../../support/blobs.js';
import { it } from '../../support/fixtures.js';

const SMALL = { chunkSize: 100, inlineLimit: 10 };

/** In the order of a list. */
const IDS = ['a', 'a-b', 'a/b', 'a/b/c', 'a/b/c d', 'a/ü%2F?#', 'ab', 'z/z/z', '日本/語'];

describe('B8: deletion and ids', () => {
  it('ids may be prefixes of each other', async ({ client, other }) => {
    const blobs = new BlobStorage(client, SMALL);
    for (const id of [...IDS].reverse()) await blobs.put(id, id.repeat(3));
    for (const id of IDS) expect(await blobs.file(id).readText()).toBe(id.repeat(3));
    for (const [index, id] of IDS.entries()) {
      expect(await blobs.delete(id)).toBe(true);
      expect(await blobs.delete(id)).toBe(false);
      expect(await blobs.info(id)).toBeNull();
      const left = (await all(new BlobStorage(other).list())).map((info) => info.id);
      expect(left).toEqual(IDS.slice(index + 1));
    }
    // Nothing is left of them.
    expect(await namesBelow(client, '/blobs/m')).toEqual([]);
  });

  it('an id stays free for a blob while others are below it', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    await blobs.put('a/b/c', 'deep');
    expect(await blobs.info('a')).toBeNull();
    expect(await blobs.delete('a/b')).toBe(false);
    await blobs.put('a/b', 'between', { ifNoneMatch: '*' });
    await blobs.delete('a/b/c');
    expect(await blobs.file('a/b').readText()).toBe('between');
    await blobs.put('a/b/c', 'deep again', { ifNoneMatch: '*' });
    await blobs.delete('a/b');
    await blobs.put('a/b', 'between again', { ifNoneMatch: '*' });
    expect((await all(blobs.list())).map(({ id }) => id)).toEqual(['a/b', 'a/b/c']);
  });

  it('the path of a manifest is the id, %-encoded by segment', async ({ client }) => {
    const blobs = new BlobStorage(client, { ...SMALL, root: '/my/store' });
    await blobs.put('a b/ü%2F?#', 'x');
    expect(await namesBelow(client, '/my/store/m')).toEqual(['a%20b']);
    expect(await namesBelow(client, '/my/store/m/a%20b')).toEqual(['%C3%BC%252F%3F%23']);
    const { data } = await client.getData('/my/store/m/a%20b/%C3%BC%252F%3F%23');
    const [header = '', content] = String(data).split('\n');
    expect(content).toBe('x');
    expect(JSON.parse(header)).toMatchObject({ size: 1, mediaType: 'text/plain;charset=utf-8', chunkSize: null });
  });

  it('put and delete of siblings are not in each other’s way', async ({ client, other }) => {
    const one = new BlobStorage(client, { ...SMALL, grace: 0 });
    const two = new BlobStorage(other, { ...SMALL, grace: 0 });
    const toAndFro = async (blobs: BlobStorage, id: string): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        await blobs.put(id, bytesOf(120, round));
        expect(await blobs.file(id).read()).toEqual(bytesOf(120, round));
        expect(await blobs.delete(id)).toBe(true);
      }
    };
    await Promise.all([toAndFro(one, 'x/y/a'), toAndFro(two, 'x/y/b'), toAndFro(one, 'x/y'), toAndFro(two, 'x')]);
    await untilClean(client);
    expect(await namesBelow(client, '/blobs/m')).toEqual([]);
  });

  it('only one of several deletions of a blob says that it was the one', async ({ client, other }) => {
    const storages = [client, other, client].map((each) => new BlobStorage(each, SMALL));
    for (let round = 0; round < 5; round += 1) {
      await storages[0]?.put('a', 'x');
      const deleted = await Promise.all(storages.map((blobs) => blobs.delete('a')));
      expect(deleted.filter((each) => each)).toHaveLength(1);
    }
  });
});

describe('list', () => {
  it('gives the blobs whose ids begin with a prefix, by id', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    expect(await all(blobs.list())).toEqual([]);
    const infos = [];
    for (const id of IDS) infos.push(await blobs.put(id, id.repeat(3)));
    for (const prefix of [
      '',
      'a',
      'a/',
      'a/b',
      'a/b/',
      'a/b/c',
      'a/b/c ',
      'ab',
      'b',
      '日',
      '日本/',
      'z/z/z',
      'z/z/z/',
    ]) {
      const expected = infos.filter(({ id }) => id.startsWith(prefix));
      expect(await all(blobs.list(prefix)), prefix).toEqual(expected);
    }
  });

  it('gives hundreds of blobs, in the order of their ids', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    const ids = Array.from({ length: 300 }, (_, index) => `${index % 7}/${index % 13}/${index}`).sort();
    await Promise.all(ids.map((id) => blobs.put(id, 'small')));
    expect((await all(blobs.list())).map(({ id }) => id)).toEqual(ids);
    const some = ids.filter((id) => id.startsWith('3/1'));
    expect((await all(blobs.list('3/1'))).map(({ id }) => id)).toEqual(some);
  });

  it('leaves out znodes that are no blobs, and refuses a damaged one', async ({ client }) => {
    const blobs = new BlobStorage(client, SMALL);
    await blobs.put('a/b', 'x');
    await client.create('/blobs/m/not%20%encoded', 'by somebody else');
    expect((await all(blobs.list())).map(({ id }) => id)).toEqual(['a/b']);
    await client.create('/blobs/m/a/c', 'no manifest');
    await expect(all(blobs.list())).rejects.toMatchObject({ code: 'BLOB_CORRUPT', id: 'a/c' });
  });
});
