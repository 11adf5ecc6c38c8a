import fs, { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { makeFolders, ProgramRun, programs, type Step } from '../../support/file-programs.js';
import { PLACES, temporaryDirectory } from '../../support/file-trees.js';

/** Ways in which directories are watched. */
const WAYS = [
  { way: 'with inotify', isRefused: () => false },
  { way: 'with inotify for some directories', isRefused: (path: string) => /\/[ad][^/]*$/.test(path) },
  { way: 'without inotify', isRefused: () => true },
] as const;

describe.for(PLACES)('random programs of operations on files $name', ({ folder }) => {
  for (const { way, isRefused } of WAYS) {
    for (const recurse of [true, false]) {
      it(`P1: the events give the directory each time, ${way}${recurse ? ', recursively' : ''}`, async () => {
        vi.spyOn(console, 'warn').mockReturnValue();
        const base = temporaryDirectory(folder);
        const { watch } = fs;
        const spy = vi.spyOn(fs, 'watch').mockImplementation(((path: Buffer, options: object) => {
          if (isRefused(String(path))) throw Object.assign(new Error('no watch left'), { code: 'ENOSPC' });
          return watch(path, options as never);
        }) as never);
        let count = 0;
        const run = async (steps: Step[]): Promise<void> => {
          count += 1;
          const [root, outside] = [join(base, `${count}`, 'root'), join(base, `${count}`, 'outside')];
          for (const each of [root, outside]) mkdirSync(each, { recursive: true });
          makeFolders(root);
          await new ProgramRun({ root, outside }, { recurse }).run(steps);
        };
        await fc.assert(fc.asyncProperty(programs, run), {
          numRuns: Number(process.env.RUNS ?? 25),
          endOnFailure: false,
        });
        expect(spy.mock.calls.length).toBeGreaterThan(0);
        vi.restoreAllMocks();
      });
    }
  }
});
