import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataLockedError } from '../../../../lib/embedded/errors.js';
import { FolderLock } from '../../../../lib/embedded/journal/folder-lock.js';
import { startOfProcess } from '../../../../lib/embedded/journal/process-start.js';
import { runModule } from '../../../../testing/run-module.js';
import { rejectionOf } from '../../../support/rejection.js';
import { append, contentsOf, newFolder, opened } from './journal-fixture.js';

const JOURNAL = new URL('../../../../lib/embedded/journal/journal.ts', import.meta.url).href;
const LOCK = new URL('../../../../lib/embedded/journal/folder-lock.ts', import.meta.url).href;

const locksIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('lock.'));

/** A module that opens the folder, appends, prints its pid, and then runs the body. */
const opener = (folder: string, body: string): string => `
  import { writeSync } from 'node:fs';
  import { Journal } from ${JSON.stringify(JOURNAL)};
  const journal = await Journal.open(${JSON.stringify(folder)}, { snapshot() {}, transaction() {} });
  journal.append(journal.appended + 1n, Buffer.from('of the child'));
  await journal.flushed();
  writeSync(1, process.pid + '\\n');
  ${body}
`;

describe('a folder', () => {
  it('can be opened only once in a process', async () => {
    const folder = await newFolder();
    const { journal } = await opened(folder);
    for (const path of [folder, join(folder, '..', folder.split('/').at(-1) ?? '')]) {
      const error = await rejectionOf(opened(path));
      expect(error).toBeInstanceOf(DataLockedError);
      expect(error).toMatchObject({ code: 'DATA_LOCKED', folder: path, pid: process.pid });
      expect(String(error)).toContain(folder);
      expect(String(error)).toContain(`this process (${process.pid})`);
    }
    append(journal, 'one');
    await journal.close();
    expect(await locksIn(folder)).toEqual([]);
    expect(await contentsOf(folder)).toEqual(['1 one']);
  });

  it('is given to exactly one of many simultaneous contenders', async () => {
    const folder = await newFolder();
    for (let round = 0; round < 20; round++) {
      const attempts = await Promise.allSettled(Array.from({ length: 10 }, () => FolderLock.acquire(folder)));
      const locks = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(locks).toHaveLength(1);
      const refusals = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason] : []));
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(DataLockedError);
      for (const lock of locks) await lock.release();
      expect(await locksIn(folder)).toEqual([]);
    }
  });

  it('is locked while another process holds it, and free after that was killed', async () => {
    const folder = await newFolder();
    const checks: Promise<void>[] = [];
    const check = async (pid: number): Promise<void> => {
      try {
        const error = await rejectionOf(opened(folder));
        expect(error).toMatchObject({ code: 'DATA_LOCKED', folder, pid });
        expect(String(error)).toContain(`in use by process ${pid}`);
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    };
    await runModule(opener(folder, 'setInterval(() => {}, 1_000);'), {
      onLine: (line) => checks.push(check(Number(line))),
    });
    await Promise.all(checks);
    expect(checks).toHaveLength(1);
    expect(await locksIn(folder)).toHaveLength(1);
    expect(await contentsOf(folder)).toEqual(['1 of the child']);
    expect(await locksIn(folder)).toEqual([]);
  });

  it('is free after its process ended without closing it, and does not keep that process alive', async () => {
    const folder = await newFolder();
    for (const body of ['', 'process.exit(0);']) {
      const run = await runModule(opener(folder, body));
      expect([run.code, run.errors]).toEqual([0, '']);
    }
    expect(await contentsOf(folder)).toEqual(['1 of the child', '2 of the child']);
  });

  it('is given to at most one of many processes after its holder was killed', async () => {
    const folder = await newFolder();
    await runModule(opener(folder, "process.kill(process.pid, 'SIGKILL');"));
    const contender = `
      import { writeSync } from 'node:fs';
      import { open, unlink } from 'node:fs/promises';
      import { FolderLock } from ${JSON.stringify(LOCK)};
      for (let round = 0; round < 100; round++) {
        let lock;
        try {
          lock = await FolderLock.acquire(${JSON.stringify(folder)});
        } catch (error) {
          if (error.code !== 'DATA_LOCKED') throw error;
          continue;
        }
        const alone = await open(${JSON.stringify(join(folder, 'alone'))}, 'wx');
        await alone.close();
        await unlink(${JSON.stringify(join(folder, 'alone'))});
        await lock.release();
        writeSync(1, 'had it\\n');
      }
    `;
    const runs = await Promise.all([runModule(contender), runModule(contender), runModule(contender)]);
    expect(runs.map(({ code, errors }) => [code, errors])).toEqual([0, 0, 0].map((code) => [code, '']));
    expect(runs.flatMap(({ lines }) => lines).length).toBeGreaterThan(0);
    expect(await locksIn(folder)).toEqual([]);
  });

  const NUMBER = '0123456789abcdef';

  for (const [whose, name] of Object.entries({
    'of a process that is gone': `lock.2147483647..${NUMBER}`,
    'of an earlier process with our pid': `lock.${process.pid}..${NUMBER}`,
    'with a pid that nothing can have': `lock.9999999999.00000000.${NUMBER}`,
    'with pid 0': `lock.0.00000000.${NUMBER}`,
  })) {
    it(`is not locked by a file ${whose}`, async () => {
      const folder = await newFolder();
      await writeFile(join(folder, name), 'Held.');
      expect(await contentsOf(folder)).toEqual([]);
      expect(await locksIn(folder)).toEqual([]);
    });
  }

  it('is locked by a live process whose start time is unknown', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, `lock.${process.ppid}..${NUMBER}`), 'Held.');
    expect(await rejectionOf(opened(folder))).toMatchObject({ code: 'DATA_LOCKED', pid: process.ppid });
  });

  it.runIf(process.platform === 'linux')('is not locked by an earlier process whose pid was reused', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, `lock.${process.ppid}.00000000.${NUMBER}`), 'Held.');
    await writeFile(join(folder, `lock.${process.pid}.00000000.${NUMBER}`), 'Held.');
    expect(await contentsOf(folder)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'is refused after some attempts when a rival neither takes it nor gives way',
    async () => {
      const folder = await newFolder();
      const name = `lock.${process.pid}.${startOfProcess(process.pid)}.${'f'.repeat(16)}`;
      await writeFile(join(folder, name), '');
      expect(await rejectionOf(opened(folder))).toMatchObject({ code: 'DATA_LOCKED' });
      expect(await locksIn(folder)).toEqual([name]);
    },
  );
});
