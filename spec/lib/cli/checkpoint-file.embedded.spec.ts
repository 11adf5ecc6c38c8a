import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointFile, readCheckpoint } from '../../../lib/cli/checkpoint-file.js';
import { CommandError } from '../../../lib/cli/command-error.js';
import { Checkpoint } from '../../../recipes/changes/index.js';
import { eventually } from '../../../testing/eventually.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spec-checkpoint-'));
  file = join(folder, 'position');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (position: bigint, root = '/w') => new Checkpoint({ root, position, known: null });

describe('a file with a checkpoint', () => {
  it('is written soon after a checkpoint is due, once for many in a short time, and at the end', async () => {
    let position = 0n;
    let made = 0;
    const kept = new CheckpointFile(file, () => {
      made += 1;
      return at(position);
    });
    for (position = 1n; position < 100n; position += 1n) {
      kept.due();
      if (position % 10n === 0n) await nextTurn();
    }
    await eventually(async () => (await readCheckpoint(file, '/w')) !== undefined);
    position = 100n;
    kept.due();
    await nextTurn();
    expect(made).toBe(1);
    await kept.end();
    expect(made).toBe(2);
    expect((await readCheckpoint(file, '/w'))?.position).toBe(100n);
  });

  it('has the changes of the turn in which it became due', async () => {
    let position = 1n;
    const kept = new CheckpointFile(file, () => at(position));
    kept.due();
    await Promise.resolve();
    position = 2n;
    await eventually(async () => (await readCheckpoint(file, '/w')) !== undefined);
    expect((await readCheckpoint(file, '/w'))?.position).toBe(2n);
    await kept.end();
  });

  it('is replaced as a whole, readable for its owner alone, without a trace of the writing', async () => {
    await writeFile(file, 'old', { mode: 0o644 });
    await writeFile(`${file}.${process.pid}.tmp`, 'left by a process that was killed', { mode: 0o644 });
    const kept = new CheckpointFile(file, () => at(7n));
    kept.due();
    await kept.end();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['position']);
    expect((await readCheckpoint(file, '/w'))?.position).toBe(7n);
  });

  it('is not touched when no checkpoint was due', async () => {
    await new CheckpointFile(file, () => at(7n)).end();
    expect(await readdir(folder)).toEqual([]);
    expect(await readCheckpoint(file, '/w')).toBe(undefined);
  });

  it('reports once that it cannot be written', async () => {
    const kept = new CheckpointFile(join(folder, 'none', 'position'), () => at(7n));
    kept.due();
    await expect(kept.failed).rejects.toThrow(new CommandError('the file of --checkpoint cannot be written (ENOENT)'));
    kept.due();
    await expect(kept.end()).resolves.toBe(undefined);
    const late = new CheckpointFile(file, () => at(7n));
    late.due();
    await eventually(async () => (await readdir(folder)).includes('position'));
    await rm(folder, { recursive: true });
    late.due();
    await expect(late.end()).rejects.toThrow('cannot be written (ENOENT)');
  });

  it('is refused when it is none, is damaged, is of another path, or cannot be read', async () => {
    await writeFile(file, 'secret words');
    const refused = readCheckpoint(file, '/w');
    await expect(refused).rejects.toThrow(/--checkpoint is of no use: .*, by removing it$/);
    await expect(refused).rejects.not.toThrow(/secret/);
    const bytes = at(7n).toBytes();
    await writeFile(file, bytes.subarray(0, -1));
    await expect(readCheckpoint(file, '/w')).rejects.toThrow('is of no use');
    await writeFile(file, bytes);
    await expect(readCheckpoint(file, '/v')).rejects.toThrow('the file of --checkpoint is of /w, not of /v');
    await expect(readCheckpoint(folder, '/w')).rejects.toThrow('the file of --checkpoint cannot be read (EISDIR)');
    expect(await readFile(file)).toEqual(bytes);
  });
});
