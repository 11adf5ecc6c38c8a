import { chmod, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { append, newFolder, opened } from './journal-fixture.js';

const before = process.umask();
afterEach(() => void process.umask(before));

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o7777).toString(8);
}

async function modesIn(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder);
  const modes = names.map(async (name) => [name.replace(/^(\w+)\..*/, '$1'), await modeOf(join(folder, name))]);
  return Object.fromEntries(await Promise.all(modes));
}

/** Writes a log, a snapshot and a further log in the folder. Leaves it open, so that its lock is there. */
async function used(folder: string): Promise<void> {
  const { journal } = await opened(folder);
  append(journal, 'one', 'two');
  await journal.snapshot(journal.appended, [Buffer.from('state')]);
  append(journal, 'three');
  await journal.flushed();
}

describe('a data folder', () => {
  it.each([0o000, 0o002, 0o022, 0o077])('is for its owner alone under the umask %o', async (umask) => {
    const parent = await newFolder();
    process.umask(umask);
    const folder = join(parent, 'made', 'data');
    await used(folder);
    expect(await modeOf(folder)).toBe('700');
    expect(await modesIn(folder)).toEqual({ lock: '600', log: '600', snapshot: '600' });
    expect(await modeOf(join(parent, 'made'))).toBe((0o777 & ~umask).toString(8));
  });

  it('that is there already is taken from all others, if only the server uses it', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await used(folder);
    expect(await modeOf(folder)).toBe('700');
  });

  it('of an earlier version is taken from all others, with the files in it', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.close();
    for (const name of await readdir(folder)) await chmod(join(folder, name), 0o644);
    await writeFile(join(folder, `snapshot.${'1'.padStart(16, '0')}.tmp`), 'unfinished', { mode: 0o644 });
    await chmod(folder, 0o777);
    await used(folder);
    expect(await modeOf(folder)).toBe('700');
    expect(await modesIn(folder)).toEqual({ lock: '600', log: '600', snapshot: '600' });
  });

  it('keeps its permissions when other files are in it; those of the server are for the owner alone', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o755);
    await writeFile(join(folder, 'notes.txt'), '', { mode: 0o644 });
    await used(folder);
    expect(await modeOf(folder)).toBe('755');
    expect(await modesIn(folder)).toEqual({ lock: '600', log: '600', snapshot: '600', notes: '644' });
  });

  it('for everybody, such as /tmp, keeps its permissions though it is empty', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o1777);
    await used(folder);
    expect(await modeOf(folder)).toBe('1777');
  });

  it('is not changed when it cannot be opened', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    append(journal, 'one');
    await journal.close();
    const [log = ''] = await readdir(folder);
    await chmod(join(folder, log), 0o644);
    await rename(join(folder, log), join(folder, `log.${'5'.padStart(16, '0')}`));
    await chmod(folder, 0o755);
    await expect(opened(folder)).rejects.toMatchObject({ code: 'DATA_DAMAGED' });
    expect(await modeOf(folder)).toBe('755');
  });
});
