import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import type { Acl } from '../../../index.js';
import type { EmbeddedZooKeeper } from '../../../lib/embedded/index.js';
import { type InternalOptions, JOURNAL } from '../../../lib/embedded/options.js';
import { freePort } from '../../../testing/free-port.js';
import { RawSession } from '../../../testing/raw-session.js';
import { type EmbeddedFixtures, it } from '../../support/embedded-fixtures.js';
import { rejectionOf } from '../../support/rejection.js';
import { readTree } from '../../support/stored-tree.js';
import { hookedFiles, newFolder, systemError } from './journal/journal-fixture.js';

const OPEN: Acl[] = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const NEVER = Number.MAX_SAFE_INTEGER;

/** Creates a folder in which a closed server has left these znodes. Returns it with the path of the log. */
async function folderWith(
  start: EmbeddedFixtures['start'],
  paths: readonly string[],
): Promise<[folder: string, log: string]> {
  const folder = await newFolder();
  const server = await start({ dataDir: folder });
  await using session = await RawSession.open(server.port);
  for (const path of paths) await session.request('create', { path, data: Buffer.from(path), acl: OPEN, flags: 0 });
  await server.close();
  const name = (await readdir(folder)).find((each) => each.startsWith('log.'));
  return [folder, join(folder, name ?? '')];
}

async function pathsOf({ port }: EmbeddedZooKeeper): Promise<string[]> {
  return [...(await readTree(port)).keys()].filter((path) => path !== '/' && !path.startsWith('/zookeeper'));
}

const locks = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('lock.'));

describe('an unusable data folder', () => {
  it('is refused while another server has it open', async ({ start }) => {
    const folder = await newFolder();
    const first = await start({ dataDir: folder });
    const port = await freePort();
    const error = await rejectionOf(start({ dataDir: folder, port }));
    expect(error).toMatchObject({ code: 'DATA_LOCKED' });
    expect(String(error)).toContain(folder);
    await start({ port });
    await first.stop();
    expect(await rejectionOf(start({ dataDir: folder }))).toMatchObject({ code: 'DATA_LOCKED' });
    await first.close();
    await start({ dataDir: folder });
  });

  it('is refused for a damaged log: names file and offset, changes nothing, and releases port and folder', async ({
    start,
  }) => {
    const [folder, log] = await folderWith(start, ['/a', '/b', '/c']);
    const bytes = await readFile(log);
    const damaged = Buffer.from(bytes);
    const offset = damaged.indexOf('/b');
    damaged.writeUInt8(damaged.readUInt8(offset) ^ 1, offset);
    await writeFile(log, damaged);
    const port = await freePort();
    const error = await rejectionOf(start({ dataDir: folder, port }));
    expect(error).toMatchObject({ code: 'DATA_DAMAGED', file: log, offset: expect.any(Number) });
    const at = (error as { offset: number }).offset;
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(offset);
    expect(String(error)).toContain(`${log} is damaged at offset ${at}`);
    expect([await readFile(log), await locks(folder)]).toEqual([damaged, []]);
    await start({ port });
    await writeFile(log, bytes);
    expect(await pathsOf(await start({ dataDir: folder }))).toEqual(['/a', '/b', '/c']);
  });

  it('is unlocked when the port is taken', async ({ start }) => {
    const [folder] = await folderWith(start, ['/a']);
    const { port } = await start();
    expect(await rejectionOf(start({ dataDir: folder, port }))).toMatchObject({ code: 'LISTEN_FAILED' });
    expect(await locks(folder)).toEqual([]);
    expect(await pathsOf(await start({ dataDir: folder }))).toEqual(['/a']);
  });

  it('is refused when the path is a file', async ({ start }) => {
    const file = join(await newFolder(), 'file');
    await writeFile(file, '');
    const error = await rejectionOf(start({ dataDir: file }));
    expect(error).toMatchObject({ code: 'DATA_IO_FAILED' });
    expect(String(error)).toContain(file);
  });
});

describe('a torn last record', () => {
  it.for([1, 30])('is cut off and reported once, %i bytes before its end', async (missing, { start, logger }) => {
    const [folder, log] = await folderWith(start, ['/a', '/b', '/c']);
    const { size } = await stat(log);
    await truncate(log, size - missing);
    expect(await pathsOf(await start({ dataDir: folder }))).toEqual(['/a', '/b']);
    const warnings = logger.items.filter(({ level }) => level === 'warn');
    expect(warnings).toHaveLength(1);
    const [{ details, message } = { details: {}, message: '' }] = warnings;
    const { offset, bytes } = details as { offset: number; bytes: number };
    expect(details).toMatchObject({ file: log });
    expect(offset + bytes).toBe(size - missing);
    for (const text of [log, String(offset), String(bytes)]) expect(message).toContain(text);
  });

  it('has no effect on the next start', async ({ start, logger }) => {
    const [folder, log] = await folderWith(start, ['/a', '/b']);
    await truncate(log, (await stat(log)).size - 1);
    const repaired = await start({ dataDir: folder });
    await using session = await RawSession.open(repaired.port);
    await session.request('create', { path: '/later', data: null, acl: OPEN, flags: 0 });
    await repaired.close();
    logger.clear();
    expect(await pathsOf(await start({ dataDir: folder }))).toEqual(['/a', '/later']);
    expect(logger.messages('warn')).toEqual([]);
  });
});

describe('a disk failure while the server runs', () => {
  const failures: [string, (operation: string, name: string) => boolean][] = [
    ['a write to the log', (operation, name) => operation === 'write' && name.startsWith('log.')],
    ['a sync of the log', (operation) => operation === 'datasync'],
    ['the creation of the next log', (operation, name) => operation === 'open' && name.startsWith('log.')],
  ];

  it.for(failures)('ends the server and loses no acknowledged write: %s', async ([, fails], { start, logger }) => {
    const folder = await newFolder();
    let isFull = false;
    const files = hookedFiles((operation, name) => {
      if (isFull && fails(operation, name)) throw systemError('ENOSPC');
    });
    const options: InternalOptions = {
      dataDir: folder,
      [JOURNAL]: { files, snapshotEvery: { transactions: 20, bytes: NEVER } },
    };
    const server = await start(options);
    await using session = await RawSession.open(server.port);
    await using bystander = await RawSession.open(server.port);
    const pathOf = new Map<number, string>();
    const create = (path: string): void => {
      pathOf.set(session.send('create', { path, data: null, acl: OPEN, flags: 0 }), path);
    };
    for (let index = 0; index < 10; index += 1) create(`/before-${index}`);
    await session.frames.untilCount(10);
    isFull = true;
    for (let index = 0; index < 50; index += 1) create(`/after-${index}`);
    await Promise.all([session.untilHungUp(), bystander.untilHungUp()]);
    await server.close();
    const errors = logger.messages('error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/cannot write its data.*ENOSPC/);
    expect(await rejectionOf(server.restart())).toMatchObject({ code: 'SERVER_CLOSED' });
    isFull = false;
    const kept = new Set(await pathsOf(await start({ dataDir: folder })));
    const acknowledged = session.frames.items.map((frame) => (frame.kind === 'reply' ? pathOf.get(frame.xid) : ''));
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    expect(acknowledged.filter((path) => !kept.has(path ?? ''))).toEqual([]);
  });

  it('lets stop(), restart() and close() settle when they were called at the same moment', async ({ start }) => {
    const folder = await newFolder();
    let isFull = false;
    const files = hookedFiles((operation) => {
      if (isFull && operation === 'datasync') throw systemError('ENOSPC');
    });
    const options: InternalOptions = { dataDir: folder, [JOURNAL]: { files } };
    const server = await start(options);
    await using session = await RawSession.open(server.port);
    isFull = true;
    server.expireSession(session.handshake?.sessionId ?? 0n);
    const outcomes = [rejectionOf(server.stop()), rejectionOf(server.restart()), server.close()];
    const [stopped, restarted] = await Promise.all(outcomes);
    expect(stopped).toMatchObject({ code: 'DATA_IO_FAILED' });
    expect(restarted).toMatchObject({ code: 'SERVER_CLOSED' });
    expect(await locks(folder)).toEqual([]);
    await start({ dataDir: folder, port: server.port });
  });

  it('of a snapshot alone is logged and has no other effect', async ({ start, logger }) => {
    const folder = await newFolder();
    let isFull = true;
    const files = hookedFiles((operation, name) => {
      if (isFull && operation === 'write' && name.startsWith('snapshot.')) throw systemError('ENOSPC');
    });
    const options: InternalOptions = {
      dataDir: folder,
      [JOURNAL]: { files, snapshotEvery: { transactions: 5, bytes: NEVER } },
    };
    const server = await start(options);
    await using session = await RawSession.open(server.port);
    const create = (path: string) => session.request('create', { path, data: null, acl: OPEN, flags: 0 });
    for (const path of ['/a', '/b', '/c', '/d', '/e', '/f']) expect((await create(path))?.error).toBe(0);
    await logger.until((lines) => lines.some(({ level }) => level === 'error'));
    isFull = false;
    for (const path of ['/g', '/h', '/i', '/j', '/k', '/l']) expect((await create(path))?.error).toBe(0);
    await server.close();
    expect(logger.messages('error').join()).toMatch(/could not write a snapshot/);
    const names = await readdir(folder);
    expect(names.filter((name) => name.startsWith('snapshot.'))).toHaveLength(1);
    expect(await pathsOf(await start({ dataDir: folder }))).toHaveLength(12);
  });
});
