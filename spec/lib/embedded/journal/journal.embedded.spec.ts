import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../../support/rejection.js';
import { append, contentsOf, folderWith, Gate, hookedFiles, newFolder, opened } from './journal-fixture.js';

const names = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();

describe('a journal', () => {
  it('is empty in a new folder, which it creates with its parents', async () => {
    const folder = join(await newFolder(), 'a', 'b');
    const { journal, seen } = await opened(folder);
    expect([seen, journal.appended, journal.synced, journal.cut]).toEqual([[], 0n, 0n, null]);
  });

  it('plays back every transaction in order with its bytes', async () => {
    const folder = await folderWith('one', '', 'three');
    expect(await contentsOf(folder)).toEqual(['1 one', '2 ', '3 three']);
  });

  it('continues after each opening', async () => {
    const folder = await folderWith('one');
    for (const text of ['two', 'three']) {
      const { journal } = await opened(folder);
      expect(journal.synced).toBe(journal.appended);
      append(journal, text);
      await journal.close();
    }
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two', '3 three']);
  });

  it('copies the bytes that are appended', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    const bytes = Buffer.from('before');
    journal.append(1n, bytes);
    bytes.write('after!');
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['1 before']);
  });

  it('accepts records of every size, across the chunks of reads and writes', async () => {
    const sizes = [0, 1, 4_075, 4_076, 4_077, 65_516, 65_517, 262_143, 262_144, 3_000_000, 5, 700_000];
    const texts = sizes.map((size, index) => String.fromCharCode(97 + index).repeat(size));
    const folder = await folderWith(...texts);
    expect(await contentsOf(folder)).toEqual(texts.map((text, index) => `${index + 1} ${text}`));
  });

  it('accepts only the next zxid', async () => {
    const { journal } = await opened(await newFolder());
    expect(() => journal.append(2n, Buffer.from('x'))).toThrow(/zxid 0x2 cannot follow 0x0/);
    append(journal, 'one');
    for (const zxid of [0n, 1n, 3n]) expect(() => journal.append(zxid, Buffer.from('x'))).toThrow(/cannot follow 0x1/);
  });

  it('ignores files that are not its own', async () => {
    const folder = await newFolder();
    const foreign = ['log.txt', 'log.1', 'snapshot.2', 'log.0000000000000001.bak', 'lock.old', 'notes'];
    for (const name of foreign) await writeFile(join(folder, name), name);
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.snapshot(1n, [Buffer.from('state')]);
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 1 state']);
    expect(await names(folder)).toEqual(expect.arrayContaining(foreign));
  });

  it('refuses the folder of a real ZooKeeper and leaves it unchanged', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'version-2'));
    for (const path of [folder, join(folder, 'version-2')]) {
      await expect(opened(path)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(path),
      });
    }
    expect(await readdir(folder, { recursive: true })).toEqual(['version-2']);
  });

  it('names the folder that it cannot create', async () => {
    const folder = join(await newFolder(), 'file');
    await writeFile(folder, '');
    await expect(opened(folder)).rejects.toMatchObject({ code: 'DATA_IO_FAILED', file: folder });
  });
});

describe("a journal's snapshot", () => {
  it('replaces the transactions before it', async () => {
    const folder = await folderWith('one', 'two', 7, 'three');
    expect(await names(folder)).toEqual(['log.0000000000000003', 'snapshot.0000000000000002']);
    expect(await contentsOf(folder)).toEqual(['snapshot 2 7', '3 three']);
  });

  it('replaces the earlier snapshot', async () => {
    const folder = await folderWith('one', 7, 'two', 8);
    expect(await names(folder)).toEqual(['log.0000000000000003', 'snapshot.0000000000000002']);
    expect(await contentsOf(folder)).toEqual(['snapshot 2 8']);
  });

  it('is not written again without a transaction since, also after an opening', async () => {
    const folder = await folderWith('one', 7, 8);
    expect(await contentsOf(folder)).toEqual(['snapshot 1 7']);
    const { journal } = await opened(folder);
    await journal.snapshot(1n, [Buffer.from('9')]);
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 1 7']);
  });

  it('may consist of many pieces, empty, small and large', async () => {
    const pieces = [0, 1, 300_000, 0, 262_144, 2, 1_000_000].map((size, index) => String(index).repeat(size));
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.snapshot(
      1n,
      pieces.map((piece) => Buffer.from(piece)),
    );
    await journal.close();
    expect(await contentsOf(folder)).toEqual([`snapshot 1 ${pieces.join('')}`]);
  });

  it('may be empty', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.snapshot(1n, []);
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 1 ']);
  });

  it('must be of the last transaction', async () => {
    const { journal } = await opened(await newFolder());
    append(journal, 'one', 'two');
    for (const zxid of [1n, 3n]) {
      await expect(journal.snapshot(zxid, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('is followed by the transactions that were appended meanwhile', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one', 'two');
    const pieces = function* (): Generator<Buffer> {
      append(journal, 'three');
      yield Buffer.from('sta');
      append(journal, 'four');
      yield Buffer.from('te');
    };
    const snapshot = journal.snapshot(2n, pieces());
    append(journal, 'right after');
    await snapshot;
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 2 state', '3 right after', '4 three', '5 four']);
  });

  it('cannot be written while another one is', async () => {
    const { journal } = await opened(await newFolder());
    append(journal, 'one');
    const first = journal.snapshot(1n, []);
    append(journal, 'two');
    await expect(journal.snapshot(2n, [])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(journal.wantsSnapshot).toBe(false);
    await first;
    await journal.snapshot(2n, []);
  });

  it('is due after a number of transactions or bytes since the last one, also over openings', async () => {
    const folder = await newFolder();
    const snapshotEvery = { transactions: 3, bytes: 1_000 };
    const first = await opened(folder, { snapshotEvery });
    append(first.journal, 'one', 'two');
    expect(first.journal.wantsSnapshot).toBe(false);
    await first.journal.close();

    const { journal } = await opened(folder, { snapshotEvery });
    expect(journal.wantsSnapshot).toBe(false);
    append(journal, 'three');
    expect(journal.wantsSnapshot).toBe(true);
    const snapshot = journal.snapshot(3n, []);
    expect(journal.wantsSnapshot).toBe(false);
    await snapshot;
    expect(journal.wantsSnapshot).toBe(false);
    append(journal, 'x'.repeat(1_000));
    expect(journal.wantsSnapshot).toBe(true);
    await journal.close();
    expect(journal.wantsSnapshot).toBe(false);
  });

  it('is due at once in a folder with enough log', async () => {
    const folder = await folderWith('one', 'two', 'three');
    const { journal } = await opened(folder, { snapshotEvery: { transactions: 3, bytes: 1_000_000 } });
    expect(journal.wantsSnapshot).toBe(true);
  });

  it('leaves unfinished and replaced files to the next opening', async () => {
    const folder = await folderWith('one', 7, 'two');
    const leftovers = [
      'snapshot.0000000000000002.tmp',
      'log.0000000000000003.tmp',
      'log.0000000000000001',
      'snapshot.0000000000000000.tmp',
    ];
    for (const name of leftovers) await writeFile(join(folder, name), 'anything');
    expect(await contentsOf(folder)).toEqual(['snapshot 1 7', '2 two']);
    expect(await names(folder)).toEqual([
      'log.0000000000000002',
      'snapshot.0000000000000000.tmp',
      'snapshot.0000000000000001',
    ]);
  });
});

describe('a closed journal', () => {
  it('has written every appended transaction', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one', 'two');
    await journal.close();
    expect(journal.synced).toBe(2n);
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two']);
  });

  it('has completed the snapshot in progress', async () => {
    const folder = await newFolder();
    const gate = new Gate();
    const files = hookedFiles((each, name) => each === 'write' && name.startsWith('snapshot.') && gate.pass());
    const { journal } = await opened(folder, {}, files);
    append(journal, 'one');
    const ends: string[] = [];
    const snapshot = journal.snapshot(1n, [Buffer.from('state')]).then(() => ends.push('snapshot'));
    append(journal, 'two');
    await gate.reached;
    const closed = journal.close().then(() => ends.push('journal'));
    await journal.flushed();
    await expect(opened(folder)).rejects.toMatchObject({ code: 'DATA_LOCKED' });
    gate.open();
    await Promise.all([snapshot, closed]);
    expect(ends).toEqual(['snapshot', 'journal']);
    expect(await contentsOf(folder)).toEqual(['snapshot 1 state', '2 two']);
  });

  it('may be closed again without effect', async () => {
    const { journal } = await opened(await newFolder());
    append(journal, 'one');
    await Promise.all([journal.close(), journal.close()]);
    await journal.close();
  });

  it('rejects transactions and snapshots with JOURNAL_CLOSED', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    const closed = journal.close();
    for (const state of ['closing', 'closed']) {
      expect(() => append(journal, state)).toThrow(folder);
      expect(await rejectionOf(journal.snapshot(1n, []))).toMatchObject({ code: 'JOURNAL_CLOSED' });
      await journal.flushed();
      await closed;
    }
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });
});
