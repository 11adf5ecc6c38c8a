import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataIoError } from '../../../../lib/embedded/errors.js';
import type { Journal } from '../../../../lib/embedded/journal/journal.js';
import { rejectionOf } from '../../../support/rejection.js';
import { append, aTurn, contentsOf, Gate, hookedFiles, newFolder, opened, systemError } from './journal-fixture.js';

const LOG = 'log.0000000000000001';

/** A disk whose spec decides when and how it fails. */
class Disk {
  #fails: (operation: string, name: string) => boolean = () => false;
  readonly files = hookedFiles((operation, name) => {
    if (this.#fails(operation, name)) throw systemError('ENOSPC');
  });

  failWhen(fails: (operation: string, name: string) => boolean): void {
    this.#fails = fails;
  }
}

interface OnDisk {
  folder: string;
  journal: Journal;
  synced: bigint[];
  failures: DataIoError[];
}

async function openedOn(disk: Disk): Promise<OnDisk> {
  const folder = await newFolder();
  const synced: bigint[] = [];
  const failures: DataIoError[] = [];
  const options = {
    onSynced: (zxid: bigint) => synced.push(zxid),
    onFailed: (error: DataIoError) => failures.push(error),
  };
  const { journal } = await opened(folder, options, disk.files);
  return { folder, journal, synced, failures };
}

/** Fails the test on an unhandled rejection. */
function watchRejections(): unknown[] {
  const unhandled: unknown[] = [];
  const record = (reason: unknown): number => unhandled.push(reason);
  process.on('unhandledRejection', record);
  onTestFinished(() => {
    process.off('unhandledRejection', record);
  });
  return unhandled;
}

describe('a failure', () => {
  for (const operation of ['write', 'datasync']) {
    it(`at a ${operation} ends the writing for good with an error that names the file`, async () => {
      const disk = new Disk();
      const { folder, journal, synced, failures } = await openedOn(disk);
      append(journal, 'one');
      await journal.flushed();
      disk.failWhen((each) => each === operation);
      append(journal, 'two');
      const failure = await rejectionOf(journal.flushed());
      expect(failure).toBeInstanceOf(DataIoError);
      expect(failure).toMatchObject({ code: 'DATA_IO_FAILED', file: join(folder, LOG), cause: { code: 'ENOSPC' } });
      expect(String(failure)).toContain(join(folder, LOG));

      disk.failWhen(() => false);
      expect(() => append(journal, 'three')).toThrow(DataIoError);
      expect(await rejectionOf(journal.snapshot(2n, []))).toBe(failure);
      expect(await rejectionOf(journal.flushed())).toBe(failure);
      await journal.close();
      expect([synced, journal.synced, failures, journal.wantsSnapshot]).toEqual([[1n], 1n, [failure], false]);
      expect((await contentsOf(folder))[0]).toBe('1 one');
    });
  }

  it('also fails the transactions queued behind it', async () => {
    const gate = new Gate();
    let isOpen = false;
    const files = hookedFiles(async (operation) => {
      if (!isOpen || operation !== 'datasync') return;
      await gate.pass();
      throw systemError('EIO');
    });
    const failures: unknown[] = [];
    const folder = await newFolder();
    const { journal } = await opened(folder, { onFailed: (error) => failures.push(error) }, files);
    isOpen = true;
    append(journal, 'one');
    const first = journal.flushed();
    await gate.reached;
    append(journal, 'two');
    const second = journal.flushed();
    const snapshot = journal.snapshot(2n, [Buffer.from('state')]);
    append(journal, 'three');
    const closed = journal.close();
    gate.open();
    const failure = await rejectionOf(first);
    expect(await Promise.all([rejectionOf(second), rejectionOf(snapshot)])).toEqual([failure, failure]);
    await closed;
    expect([failures, journal.synced]).toEqual([[failure], 0n]);
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });

  it('at the creation of a new log also ends the writing', async () => {
    const disk = new Disk();
    const { folder, journal, failures } = await openedOn(disk);
    append(journal, 'one');
    disk.failWhen((each, name) => each === 'rename' && name.startsWith('log.'));
    const snapshot = journal.snapshot(1n, [Buffer.from('state')]);
    append(journal, 'two');
    const failure = await rejectionOf(snapshot);
    expect(failure).toMatchObject({ code: 'DATA_IO_FAILED', file: join(folder, 'log.0000000000000002') });
    await journal.close();
    expect([failures, journal.synced]).toEqual([[failure], 1n]);
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });

  for (const operation of ['open', 'write', 'sync', 'rename']) {
    it(`at the ${operation} of a snapshot fails only the snapshot`, async () => {
      const disk = new Disk();
      const { folder, journal, failures } = await openedOn(disk);
      append(journal, 'one');
      disk.failWhen((each, name) => each === operation && name.startsWith('snapshot.'));
      const failure = await rejectionOf(journal.snapshot(1n, [Buffer.from('state')]));
      expect(failure).toMatchObject({ code: 'DATA_IO_FAILED', cause: { code: 'ENOSPC' } });
      append(journal, 'two');
      await journal.flushed();
      disk.failWhen(() => false);
      await journal.snapshot(2n, [Buffer.from('later state')]);
      append(journal, 'three');
      await journal.close();
      expect(failures).toEqual([]);
      expect(await contentsOf(folder)).toEqual(['snapshot 2 later state', '3 three']);
    });
  }

  it('at a snapshot allows another attempt, which uses the log of the first', async () => {
    const disk = new Disk();
    const { folder, journal } = await openedOn(disk);
    append(journal, 'one');
    const begun: string[] = [];
    const begins = (operation: string, name: string): boolean => {
      if (operation === 'rename' && name.startsWith('log.')) begun.push(name);
      return false;
    };
    disk.failWhen((operation, name) => begins(operation, name) || name.startsWith('snapshot.'));
    await rejectionOf(journal.snapshot(1n, [Buffer.from('state')]));
    disk.failWhen(begins);
    await journal.snapshot(1n, [Buffer.from('state')]);
    append(journal, 'two');
    await journal.close();
    expect(begun).toEqual(['log.0000000000000002']);
    expect(await contentsOf(folder)).toEqual(['snapshot 1 state', '2 two']);
  });

  it('in the middle of a snapshot leaves no part of it behind', async () => {
    const disk = new Disk();
    const { folder, journal } = await openedOn(disk);
    append(journal, 'one');
    disk.failWhen((each, name) => each === 'write' && name.startsWith('snapshot.'));
    await rejectionOf(journal.snapshot(1n, [Buffer.from('state')]));
    expect((await readdir(folder)).filter((name) => name.startsWith('snapshot.'))).toEqual([]);
  });

  it('of snapshots lets transactions continue over several logs', async () => {
    const disk = new Disk();
    const { folder, journal } = await openedOn(disk);
    disk.failWhen((_, name) => name.startsWith('snapshot.'));
    for (const text of ['one', 'two', 'three']) {
      append(journal, text);
      await rejectionOf(journal.snapshot(journal.appended, []));
    }
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two', '3 three']);
  });

  it('to remove replaced files does not fail the snapshot', async () => {
    const disk = new Disk();
    const { folder, journal } = await openedOn(disk);
    append(journal, 'one');
    disk.failWhen((each) => each === 'unlink');
    const failure = await rejectionOf(journal.snapshot(1n, [Buffer.from('state')]));
    expect(failure).toMatchObject({ code: 'DATA_IO_FAILED', file: join(folder, LOG) });
    append(journal, 'two');
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 1 state', '2 two']);
  });

  it('of the pieces of a snapshot fails only the snapshot', async () => {
    const disk = new Disk();
    const { folder, journal } = await openedOn(disk);
    append(journal, 'one');
    const bug = new Error('no pieces');
    const pieces = function* (): Generator<Buffer> {
      yield Buffer.from('some');
      throw bug;
    };
    expect(await rejectionOf(journal.snapshot(1n, pieces()))).toMatchObject({ cause: bug });
    append(journal, 'two');
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two']);
  });

  for (const operation of ['open', 'read', 'sync']) {
    it(`at the ${operation} of an existing log fails the opening and leaves the folder unlocked`, async () => {
      const folder = await newFolder();
      const { journal } = await opened(folder);
      append(journal, 'one');
      await journal.close();
      const disk = new Disk();
      disk.failWhen((each, name) => each === operation && name === LOG);
      const failure = await rejectionOf(opened(folder, {}, disk.files));
      expect(failure).toMatchObject({ code: 'DATA_IO_FAILED', file: join(folder, LOG) });
      expect(await contentsOf(folder)).toEqual(['1 one']);
    });
  }

  it('causes no unhandled rejection, whichever promise is not awaited', async () => {
    const unhandled = watchRejections();
    const disk = new Disk();
    const { journal } = await openedOn(disk);
    append(journal, 'one');
    disk.failWhen(() => true);
    void journal.flushed();
    void journal.snapshot(1n, []);
    void journal.snapshot(1n, []);
    append(journal, 'two');
    void journal.flushed();
    void journal.close();
    void journal.snapshot(2n, []);
    await journal.close();
    void journal.flushed();
    void journal.snapshot(2n, []);
    await aTurn();
    await aTurn();
    expect(unhandled).toEqual([]);
  });

  it('of a listener becomes an uncaught exception and does not end the writing', async () => {
    const uncaught: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    onTestFinished(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of others) process.on('uncaughtException', listener);
    });
    const bug = new Error('a bug of the listener');
    const folder = await newFolder();
    const { journal } = await opened(folder, {
      onSynced: () => {
        throw bug;
      },
    });
    append(journal, 'one');
    await journal.flushed();
    append(journal, 'two');
    await journal.close();
    await aTurn();
    expect(uncaught).toEqual([bug, bug]);
    expect(await contentsOf(folder)).toEqual(['1 one', '2 two']);
  });
});
