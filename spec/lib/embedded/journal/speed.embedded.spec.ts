import { describe, expect, it } from 'vitest';
import { scaled } from '../../../../testing/time-factor.js';
import { aTurn, hookedFiles, newFolder, opened } from './journal-fixture.js';

const MIB = 1024 * 1024;

describe('many small transactions', () => {
  it('are written with few syncs and played back quickly', async () => {
    const folder = await newFolder();
    const bytes = Buffer.alloc(100, 'x');
    let syncs = 0;
    const files = hookedFiles((operation) => {
      if (operation === 'datasync') syncs++;
    });
    const { journal } = await opened(folder, {}, files);
    const begun = performance.now();
    for (let zxid = 1n; zxid <= 100_000n; zxid++) {
      journal.append(zxid, bytes);
      if (zxid % 100n === 0n) await aTurn();
    }
    await journal.close();
    const { seen } = await opened(folder);
    // An idle machine needs a tenth of that.
    expect(performance.now() - begun).toBeLessThan(scaled(10_000));
    expect(seen).toHaveLength(100_000);
    expect(syncs).toBeLessThanOrEqual(1_000);
  });

  it('do not stay in memory once they are written', async () => {
    const folder = await newFolder();
    const bytes = Buffer.alloc(100_000, 'x');
    const { journal } = await opened(folder);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let zxid = 1n; zxid <= 1_000n; zxid++) {
      journal.append(zxid, bytes);
      await journal.flushed();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(most).toBeLessThan(50 * MIB);
  });
});
