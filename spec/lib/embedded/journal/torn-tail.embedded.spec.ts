import { appendFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../../support/rejection.js';
import { append, bytesOf, contentsOf, folderWith, opened } from './journal-fixture.js';

const LOG = 'log.0000000000000001';

/** The offset at which each record of the log ends. */
async function endsOfRecords(...texts: string[]): Promise<number[]> {
  const ends: number[] = [];
  for (let count = 0; count <= texts.length; count++) {
    const folder = await folderWith(...texts.slice(0, count));
    ends.push((await readFile(join(folder, LOG))).length);
  }
  return ends;
}

describe('a torn last record', () => {
  it('is cut off and reported, wherever it ends', async () => {
    const [, , start = 0, end = 0] = await endsOfRecords('one', 'two', 'the last');
    const folder = await folderWith('one', 'two', 'the last');
    const file = join(folder, LOG);
    const whole = await readFile(file);
    expect(whole).toHaveLength(end);
    for (let length = start + 1; length < end; length++) {
      await writeFile(file, whole.subarray(0, length));
      const { journal, seen } = await opened(folder);
      expect(seen).toEqual(['1 one', '2 two']);
      expect(journal.cut).toEqual({ file, offset: start, bytes: length - start });
      append(journal, 'instead');
      await journal.close();
      expect(await contentsOf(folder)).toEqual(['1 one', '2 two', '3 instead']);
    }
  });

  it('is reported once', async () => {
    const folder = await folderWith('one', 'two');
    await truncate(join(folder, LOG), 60);
    for (const expected of [expect.objectContaining({ bytes: expect.any(Number) }), null]) {
      const { journal } = await opened(folder);
      expect(journal.cut).toEqual(expected);
      await journal.close();
    }
  });

  it('may be the only record', async () => {
    const folder = await folderWith('one');
    await truncate(join(folder, LOG), 30);
    const { journal, seen } = await opened(folder);
    expect([seen, journal.cut]).toEqual([[], { file: join(folder, LOG), offset: 24, bytes: 6 }]);
  });

  it('is not reported when the file ends with a complete record', async () => {
    const folder = await folderWith('one', 'two');
    const [, end = 0] = await endsOfRecords('one');
    await truncate(join(folder, LOG), end);
    const { journal, seen } = await opened(folder);
    expect([seen, journal.cut]).toEqual([['1 one'], null]);
  });

  for (const zeros of [1, 19, 20, 21, 1_000, 600_000]) {
    it(`may consist of ${zeros} zeros`, async () => {
      const folder = await folderWith('one');
      const [, offset = 0] = await endsOfRecords('one');
      await appendFile(join(folder, LOG), Buffer.alloc(zeros));
      const { journal, seen } = await opened(folder);
      expect([seen, journal.cut]).toEqual([['1 one'], { file: join(folder, LOG), offset, bytes: zeros }]);
      append(journal, 'two');
      await journal.close();
      expect(await contentsOf(folder)).toEqual(['1 one', '2 two']);
    });
  }

  it('counts as damage when other bytes follow the zeros', async () => {
    const folder = await folderWith('one');
    const [, offset] = await endsOfRecords('one');
    await appendFile(join(folder, LOG), Buffer.concat([Buffer.alloc(600_000), Buffer.from([1])]));
    const before = await bytesOf(folder);
    await expect(opened(folder)).rejects.toMatchObject({ code: 'DATA_DAMAGED', file: join(folder, LOG), offset });
    expect(await bytesOf(folder)).toEqual(before);
  });

  it('counts as damage in a log that is not the last', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    const whole = await readFile(join(await folderWith('one', 'two'), LOG));
    await rm(join(folder, 'snapshot.0000000000000002'));
    await writeFile(join(folder, LOG), whole);
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two', '3 three']);

    const [, offset = 0, end = 0] = await endsOfRecords('one', 'two');
    for (let length = offset + 1; length < end; length++) {
      await writeFile(join(folder, LOG), whole.subarray(0, length));
      const before = await bytesOf(folder);
      expect(await rejectionOf(opened(folder))).toMatchObject({
        code: 'DATA_DAMAGED',
        file: join(folder, LOG),
        offset,
      });
      expect(await bytesOf(folder)).toEqual(before);
    }
  });
});
