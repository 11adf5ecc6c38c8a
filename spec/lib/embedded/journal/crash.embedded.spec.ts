import fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Files } from '../../../../lib/embedded/journal/files.js';
import type { Journal } from '../../../../lib/embedded/journal/journal.js';
import { runModule } from '../../../../testing/run-module.js';
import { append, hookedFiles, newFolder, opened } from './journal-fixture.js';

const JOURNAL = new URL('../../../../lib/embedded/journal/journal.ts', import.meta.url).href;

/** The file system of a process that dies at its n-th operation. Half the bytes of a fatal write arrive. */
class DyingFiles {
  #left: number;
  readonly files: Files;

  constructor(operations: number) {
    this.#left = operations;
    const hooked = hookedFiles(() => this.#count());
    const open: Files['open'] = async (...args) => {
      const handle = await hooked.open(...args);
      const whole: (...args: never[]) => unknown = handle.write;
      const write = async (bytes: Buffer, offset: number, length: number, position: number): Promise<unknown> => {
        if (this.#left === 1) await handle.writev([bytes.subarray(offset, offset + length / 2)], position);
        return Reflect.apply(whole, handle, [bytes, offset, length, position]);
      };
      return Object.assign(handle, { write });
    };
    this.files = { ...hooked, open };
  }

  get hasDied(): boolean {
    return this.#left <= 0;
  }

  #count(): void {
    this.#left--;
    if (this.#left <= 0) throw new Error('the process has died');
  }
}

/** Appends numbered transactions and writes snapshots, in spite of failures. Returns the last synced zxid. */
async function live(journal: Journal, rounds = 3): Promise<bigint> {
  for (let round = 0; round < rounds; round++) {
    try {
      append(journal, `${journal.appended + 1n}`, `${journal.appended + 2n}`);
      const snapshot = journal.snapshot(journal.appended, [Buffer.from(String(journal.appended))]);
      append(journal, `${journal.appended + 1n}`);
      await Promise.allSettled([snapshot, journal.flushed()]);
      append(journal, `${journal.appended + 1n}`);
      await journal.flushed();
    } catch {
      // A journal that has failed must survive further use.
    }
  }
  await journal.close();
  return journal.synced;
}

/** Expects every transaction up to some zxid, each with its own number as content. */
function lastOf(seen: readonly string[]): bigint {
  let last = 0n;
  for (const line of seen) {
    const [, snapshot, zxid, content] = /^(snapshot )?(\d+) (\d+)$/.exec(line) ?? [];
    expect(content).toBe(zxid);
    if (snapshot === undefined) expect(BigInt(zxid ?? -1)).toBe(last + 1n);
    last = BigInt(zxid ?? -1);
  }
  return last;
}

describe('a process that dies', () => {
  it('at any operation loses no synced transaction, and the next process can continue', async () => {
    for (let operations = 1; ; operations++) {
      const folder = await newFolder();
      const dying = new DyingFiles(operations);
      let synced = 0n;
      try {
        synced = await live((await opened(folder, {}, dying.files)).journal);
      } catch {
        // The process died while it opened the folder.
      }
      const { journal, seen } = await opened(folder);
      expect(lastOf(seen), `died at operation ${operations}`).toBeGreaterThanOrEqual(synced);
      const goneOn = await live(journal, 1);
      expect(goneOn).toBe(lastOf(seen) + 4n);
      const again = await opened(folder);
      expect(lastOf(again.seen)).toBe(goneOn);
      if (!dying.hasDied) {
        expect(operations).toBeGreaterThan(60);
        return;
      }
    }
  });

  it('at any operation of an opening that cuts off a torn record loses no synced transaction', async () => {
    for (let operations = 1; ; operations++) {
      const folder = await newFolder();
      await live((await opened(folder)).journal);
      const [log = ''] = (await fs.readdir(folder)).filter((name) => name.startsWith('log.'));
      await fs.appendFile(join(folder, log), 'torn');
      await fs.writeFile(join(folder, 'log.0000000000000001'), 'superfluous');
      await fs.writeFile(join(folder, 'snapshot.0000000000000099.tmp'), 'unfinished');
      const dying = new DyingFiles(operations);
      await opened(folder, {}, dying.files).then(
        ({ journal }) => journal.close(),
        () => {},
      );
      expect(lastOf((await opened(folder)).seen)).toBe(12n);
      if (!dying.hasDied) return;
    }
  });

  it('by SIGKILL during writes and snapshots loses no transaction that it reported as synced', async () => {
    const folder = await newFolder();
    let said = 0n;
    for (let nth = 1; nth <= 5; nth++) {
      const script = `
        import { writeSync } from 'node:fs';
        import { Journal } from ${JSON.stringify(JOURNAL)};
        const options = { snapshotEvery: { transactions: 300, bytes: 1e9 }, onSynced };
        const journal = await Journal.open(${JSON.stringify(folder)}, { snapshot() {}, transaction() {} }, options);
        const until = journal.appended + ${400 * nth}n;
        function onSynced(zxid) {
          writeSync(1, zxid + '\\n');
          if (zxid >= until) process.kill(process.pid, 'SIGKILL');
          more();
        }
        function more() {
          for (let count = 0; count < 7; count++) {
            const zxid = journal.appended + 1n;
            journal.append(zxid, Buffer.from(String(zxid)));
          }
          if (journal.wantsSnapshot) journal.snapshot(journal.appended, [Buffer.from(String(journal.appended))]);
          if (journal.appended - journal.synced < 50n) setImmediate(more);
        }
        more();
      `;
      const run = await runModule(script, {
        onLine: (line) => {
          said = BigInt(line);
        },
      });
      expect([run.code, run.errors]).toEqual([null, '']);
      const { journal, seen } = await opened(folder);
      expect(lastOf(seen)).toBeGreaterThanOrEqual(said);
      await journal.close();
    }
    expect(said).toBeGreaterThan(400n);
  });
});
