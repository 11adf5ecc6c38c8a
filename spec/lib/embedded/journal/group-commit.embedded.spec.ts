import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { append, contentsOf, Gate, hookedFiles, newFolder, opened } from './journal-fixture.js';

describe('an appended transaction', () => {
  it('counts as synced only after its write and the sync of the file', async () => {
    const [write, datasync] = [new Gate(), new Gate()];
    let isOpen = false;
    const files = hookedFiles((operation) => {
      if (isOpen && operation === 'write') return write.pass();
      if (isOpen && operation === 'datasync') return datasync.pass();
      return undefined;
    });
    const heard: bigint[] = [];
    const { journal } = await opened(await newFolder(), { onSynced: (zxid) => heard.push(zxid) }, files);
    isOpen = true;
    append(journal, 'one', 'two');
    expect([journal.appended, journal.synced]).toEqual([2n, 0n]);
    await write.reached;
    expect([heard, journal.synced]).toEqual([[], 0n]);
    write.open();
    await datasync.reached;
    expect([heard, journal.synced]).toEqual([[], 0n]);
    datasync.open();
    await journal.flushed();
    expect([heard, journal.synced]).toEqual([[2n], 2n]);
  });

  it('is written and synced together with those of the same turn; later ones form the next batch', async () => {
    const gate = new Gate();
    const operations: string[] = [];
    let isOpen = false;
    const files = hookedFiles((operation) => {
      if (!isOpen) return undefined;
      operations.push(operation);
      return operations.length === 2 ? gate.pass() : undefined;
    });
    const heard: bigint[] = [];
    const { journal } = await opened(await newFolder(), { onSynced: (zxid) => heard.push(zxid) }, files);
    isOpen = true;
    append(journal, 'one', 'two', 'three');
    await gate.reached;
    append(journal, 'four');
    await null;
    append(journal, 'five');
    gate.open();
    await journal.flushed();
    expect(operations).toEqual(['write', 'datasync', 'write', 'datasync']);
    expect(heard).toEqual([3n, 5n]);
  });

  it('is written completely when the system writes a few bytes at a time', async () => {
    const folder = await newFolder();
    const real = hookedFiles(() => {});
    const open: typeof real.open = async (...args) => {
      const handle = await real.open(...args);
      const write: (...args: never[]) => unknown = handle.write;
      const short = (bytes: Buffer, offset: number, length: number, position: number): unknown =>
        Reflect.apply(write, handle, [bytes, offset, Math.min(length, 7), position]);
      return Object.assign(handle, { write: short });
    };
    const { journal } = await opened(folder, {}, { ...real, open });
    append(journal, 'a longer one', 'two');
    await journal.snapshot(2n, [Buffer.from('a longer state')]);
    append(journal, 'three, after the snapshot');
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['snapshot 2 a longer state', '3 three, after the snapshot']);
  });

  it('may be appended by the listener of a sync', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder, {
      onSynced: (zxid) => {
        if (zxid < 5n) append(journal, `after ${zxid}`);
      },
    });
    append(journal, 'one');
    while (journal.synced < 5n) await journal.flushed();
    await journal.close();
    expect(await contentsOf(folder)).toEqual(['1 one', '2 after 1', '3 after 2', '4 after 3', '5 after 4']);
  });

  it('is not awaited by a flushed() that was called before', async () => {
    const gate = new Gate();
    let isOpen = false;
    let syncs = 0;
    const files = hookedFiles((operation) => {
      if (!isOpen || operation !== 'datasync') return undefined;
      syncs++;
      return syncs === 2 ? gate.pass() : undefined;
    });
    const { journal } = await opened(await newFolder(), {}, files);
    isOpen = true;
    append(journal, 'one');
    const flushed = journal.flushed();
    await null;
    await null;
    append(journal, 'two');
    await flushed;
    expect(journal.synced).toBe(1n);
    gate.open();
    await journal.flushed();
    expect(journal.synced).toBe(2n);
  });

  it('is durable in the old log before a new log is created, which is durable before it is used', async () => {
    const folder = await newFolder();
    const operations: string[] = [];
    let isOpen = false;
    const files = hookedFiles((operation, name) => {
      const isOfInterest = name.startsWith('log.') || (name === basename(folder) && operation === 'sync');
      if (isOpen && isOfInterest) operations.push(`${operation} ${name}`);
    });
    const { journal } = await opened(folder, {}, files);
    isOpen = true;
    append(journal, 'one');
    const snapshot = journal.snapshot(1n, []);
    append(journal, 'two');
    await journal.flushed();
    const [first, second] = ['log.0000000000000001', 'log.0000000000000002'];
    const inOrder = [
      `write ${first}`,
      `datasync ${first}`,
      `open ${second}`,
      `write ${second}`,
      `sync ${second}`,
      `rename ${second}`,
      `sync ${basename(folder)}`,
      `write ${second}`,
      `datasync ${second}`,
    ];
    expect(operations.slice(0, inOrder.length - 2)).toEqual(inOrder.slice(0, -2));
    expect(operations.filter((line) => line.endsWith(second)).slice(-2)).toEqual(inOrder.slice(-2));
    await snapshot;
  });

  it('is in the log before its snapshot gets its name, which is durable before older files are removed', async () => {
    const folder = await newFolder();
    const operations: string[] = [];
    let isOpen = false;
    const files = hookedFiles((operation, name) => {
      if (isOpen) operations.push(`${operation} ${name}`);
    });
    const { journal } = await opened(folder, {}, files);
    isOpen = true;
    append(journal, 'one');
    await journal.snapshot(1n, []);
    const [first, second, snapshot] = ['log.0000000000000001', 'log.0000000000000002', 'snapshot.0000000000000001'];
    const renamed = operations.indexOf(`rename ${snapshot}`);
    expect(operations.indexOf(`rename ${second}`)).toBeLessThan(renamed);
    expect(operations.indexOf(`sync ${snapshot}`)).toBeLessThan(renamed);
    expect(operations.slice(renamed)).toEqual([
      `rename ${snapshot}`,
      `open ${basename(folder)}`,
      `sync ${basename(folder)}`,
      `unlink ${first}`,
    ]);
  });

  it('is durable after playback, even if it was never synced', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.close();
    const operations: string[] = [];
    const files = hookedFiles((operation, name) => operations.push(`${operation} ${name}`));
    await opened(folder, {}, files);
    expect(operations).toContain('sync log.0000000000000001');
  });
});
