import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataDamagedError } from '../../../../lib/embedded/errors.js';
import { Journal } from '../../../../lib/embedded/journal/journal.js';
import { rejectionOf } from '../../../support/rejection.js';
import { bytesOf, contentsOf, folderWith, opened } from './journal-fixture.js';

const FIRST = 'log.0000000000000001';
const SECOND = 'log.0000000000000003';
const THIRD = 'log.0000000000000004';
const SNAPSHOT = 'snapshot.0000000000000002';

/** Creates the logs [1, 2], [3] and [4], as after two failed snapshots. */
async function folderWithThreeLogs(): Promise<string> {
  const folder = await folderWith('one', 'two', 7, 'three', 8, 'four');
  await rm(join(folder, 'snapshot.0000000000000003'));
  await cp(join(await folderWith('one', 'two'), FIRST), join(folder, FIRST));
  await cp(join(await folderWith('one', 'two', 7, 'three'), SECOND), join(folder, SECOND));
  expect(await contentsOf(folder)).toEqual(['1 one', '2 two', '3 three', '4 four']);
  return folder;
}

/** Expects that opening is refused because of this file, and changes nothing. */
async function expectDamage(folder: string, name: string, offset: unknown = expect.any(Number)): Promise<string> {
  const before = await bytesOf(folder);
  const error = await rejectionOf(opened(folder));
  expect(error).toBeInstanceOf(DataDamagedError);
  const { file, offset: where, message } = error as DataDamagedError;
  expect([file, where]).toEqual([join(folder, name), offset]);
  expect(message).toContain(`${file} is damaged at offset ${where}: `);
  expect(message).toContain('Nothing was changed.');
  expect(await bytesOf(folder)).toEqual(before);
  return message;
}

async function expectDamageAtEveryByte(folder: string, name: string): Promise<void> {
  const whole = await readFile(join(folder, name));
  for (let at = 0; at < whole.length; at++) {
    for (const flip of [1 << (at % 8), 0xff]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ flip;
      await writeFile(join(folder, name), damaged);
      await expectDamage(
        folder,
        name,
        expect.toSatisfy((offset: number) => offset >= 0 && offset <= at),
      );
    }
  }
}

describe('a damaged journal', () => {
  it('is refused when any byte of the last log is changed', async () => {
    const folder = await folderWith('one', 'two', 'three');
    await expectDamageAtEveryByte(folder, FIRST);
  });

  it('is refused when any byte of an earlier log is changed', async () => {
    await expectDamageAtEveryByte(await folderWithThreeLogs(), SECOND);
  });

  it('is refused when any byte of the snapshot is changed', async () => {
    await expectDamageAtEveryByte(await folderWith('one', 'two', 7, 'three'), SNAPSHOT);
  });

  it('is refused when the snapshot is truncated at any offset', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    const whole = await readFile(join(folder, SNAPSHOT));
    for (let length = 0; length < whole.length; length++) {
      await writeFile(join(folder, SNAPSHOT), whole.subarray(0, length));
      await expectDamage(folder, SNAPSHOT);
    }
  });

  it('is refused when bytes follow the end of the snapshot', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    const whole = await readFile(join(folder, SNAPSHOT));
    for (const more of [Buffer.alloc(1), Buffer.alloc(100), whole]) {
      await writeFile(join(folder, SNAPSHOT), Buffer.concat([whole, more]));
      await expectDamage(folder, SNAPSHOT, whole.length);
    }
  });

  it("is refused when a log is truncated within the file's header", async () => {
    const folder = await folderWith('one');
    for (let length = 23; length >= 0; length--) {
      await truncate(join(folder, FIRST), length);
      await expectDamage(folder, FIRST, length);
    }
  });

  it('is refused when records are missing, duplicated or reordered', async () => {
    const folder = await folderWith('aa', 'bb', 'cc');
    const whole = await readFile(join(folder, FIRST));
    const length = (whole.length - 24) / 3;
    const header = whole.subarray(0, 24);
    const [a, b, c] = [0, 1, 2].map((nth) => whole.subarray(24 + nth * length, 24 + (nth + 1) * length));
    if (a === undefined || b === undefined || c === undefined) throw new Error('three records were written');
    const orders: [Buffer[], number][] = [
      [[b, c], 0],
      [[a, c], 1],
      [[a, a, b, c], 1],
      [[a, c, b], 1],
      [[a, b, c, c], 3],
    ];
    for (const [records, intact] of orders) {
      await writeFile(join(folder, FIRST), Buffer.concat([header, ...records]));
      await expectDamage(folder, FIRST, 24 + intact * length);
    }
  });

  it('is refused when any log is missing', async () => {
    for (const [missing, named] of [
      [FIRST, FIRST],
      [SECOND, SECOND],
    ] as const) {
      const folder = await folderWithThreeLogs();
      await rm(join(folder, missing));
      expect(await expectDamage(folder, named, 0)).toContain('there is no such file');
    }
  });

  it('is refused when the log after the snapshot is missing', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    await rm(join(folder, SECOND));
    expect(await expectDamage(folder, SECOND, 0)).toContain(`it was there when ${SNAPSHOT} was finished`);
  });

  it('is refused when an earlier log is truncated between two records', async () => {
    const folder = await folderWithThreeLogs();
    await cp(join(await folderWith('one'), FIRST), join(folder, FIRST));
    await expectDamage(folder, 'log.0000000000000002', 0);
  });

  it('is refused when two logs contain the same transaction', async () => {
    const folder = await folderWithThreeLogs();
    await cp(join(await folderWith('one', 'two', 'another three'), FIRST), join(folder, FIRST));
    await expectDamage(folder, SECOND, 0);
  });

  it('is refused when files were renamed', async () => {
    const folder = await folderWithThreeLogs();
    await cp(join(folder, SECOND), join(folder, THIRD));
    expect(await expectDamage(folder, THIRD, 12)).toContain('its header says zxid 0x3, its name says 0x4');
    const other = await folderWith('one', 'two', 7, 'three');
    await cp(join(other, SNAPSHOT), join(other, 'snapshot.0000000000000003'));
    await expectDamage(other, 'snapshot.0000000000000003', 12);
    await cp(join(other, SECOND), join(other, 'snapshot.0000000000000003'));
    expect(await expectDamage(other, 'snapshot.0000000000000003', 0)).toContain('this is not a snapshot');
  });

  it('is refused when a later release wrote it', async () => {
    const folder = await folderWith('one');
    const bytes = await readFile(join(folder, FIRST));
    bytes.writeUInt32BE(2, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 20)), 20);
    await writeFile(join(folder, FIRST), bytes);
    expect(await expectDamage(folder, FIRST, 8)).toContain('version 2');
  });

  it('is refused with the cause when the recovery rejects its contents', async () => {
    const folder = await folderWith('one', 7, 'two');
    const before = await bytesOf(folder);
    const nonsense = new Error('what is two?');
    const throwing = (): void => {
      throw nonsense;
    };
    const noTransaction = Journal.open(folder, { snapshot: () => {}, transaction: throwing });
    await expect(noTransaction).rejects.toMatchObject({ code: 'DATA_DAMAGED', offset: 24, cause: nonsense });
    await expect(noTransaction).rejects.toThrow(/log\.0000000000000002.*transaction 0x2.*what is two\?/);
    const noSnapshot = Journal.open(folder, { snapshot: throwing, transaction: () => {} });
    await expect(noSnapshot).rejects.toMatchObject({ code: 'DATA_DAMAGED', cause: nonsense });
    expect(await bytesOf(folder)).toEqual(before);
  });

  it('names a remedy that works', async () => {
    const folder = await folderWith('one', 'two', 'three');
    const file = join(folder, FIRST);
    const bytes = await readFile(file);
    bytes[bytes.length - 30] = 0xff;
    await writeFile(file, bytes);
    const message = await expectDamage(folder, FIRST);
    const [, length] = /cut it to (\d+) bytes/.exec(message) ?? [];
    await truncate(file, Number(length));
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });

  it('leaves the folder unlocked', async () => {
    const folder = await folderWith('one');
    const file = join(folder, FIRST);
    const whole = await readFile(file);
    await writeFile(file, 'nonsense');
    await expectDamage(folder, FIRST);
    await writeFile(file, whole);
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });

  it('may contain damaged files that a snapshot replaces', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    await writeFile(join(folder, FIRST), 'nonsense');
    await writeFile(join(folder, 'snapshot.0000000000000001'), 'nonsense');
    expect(await contentsOf(folder)).toEqual(['snapshot 2 7', '3 three']);
  });
});
