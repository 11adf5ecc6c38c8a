import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const FOLDERS = ['lib', 'recipes', 'testing', 'spec', 'bench', 'examples', 'scripts', 'docs'];

/** A violation of each rule. The limit is the only one that the tool has to load. */
const PLANTED: Readonly<Record<string, string>> = {
  'lib/core/limits.ts': 'export const OBSERVING = { readsAtOnce: 1_000 };\n',
  'lib/core/a.ts': "import type { B } from './b.js';\nimport type { C } from '../protocol/c.js';\n",
  'lib/core/b.ts': "export type * from './a.js';\n",
  'lib/protocol/c.ts': '// A line.\n'.repeat(301),
  'recipes/watches/index.ts': "export * from './data-watch.js';\n",
  'recipes/watches/data-watch.ts': `// ${'word '.repeat(26)}\n`,
  'recipes/decorators/index.ts': "import '../watches/data-watch.js';\nimport 'eventemitter3';\n",
  'docs/guide.md': `200<!-- limit:OBSERVING.readsAtOnce --> reads\n${'It tells.\n'.repeat(11)}`,
};

describe('npm run check:house', () => {
  it('fails with the place of each violation', async () => {
    const house = await mkdtemp(join(tmpdir(), 'spec-house-'));
    onTestFinished(() => rm(house, { recursive: true }));
    for (const folder of FOLDERS) await mkdir(join(house, folder));
    for (const [name, text] of Object.entries(PLANTED)) {
      await mkdir(dirname(join(house, name)), { recursive: true });
      await writeFile(join(house, name), text);
    }
    const failure = run(process.execPath, ['--import', 'tsx', 'scripts/check-house.ts', house], { cwd: root });
    const { code, stderr } = await failure.then(
      () => expect.unreachable(),
      (error) => error,
    );
    expect(code).toBe(1);
    for (const message of [
      'lib/core/a.ts: core must not know protocol: lib/core/a.ts → lib/protocol/c.ts (rooms)',
      'recipes/decorators/index.ts:1: imports recipes/watches/data-watch.ts, not recipes/watches/index.ts (doors)',
      'recipes/decorators/index.ts:2: must not import the package eventemitter3 (packages)',
      'recipes/watches/index.ts:1: publishes by export * (entries)',
      'lib/core/a.ts: lib/core/a.ts → lib/core/b.ts → lib/core/a.ts (no circles)',
      'lib/protocol/c.ts: has 301 lines, more than 300 (file sizes)',
      'recipes/watches/data-watch.ts:1: has 133 columns, more than 120 (prose)',
      'docs/guide.md:12: is number 11 of 11 uses of "tell", "told" or "tells"',
      'docs/guide.md:1: says 200 reads, but OBSERVING.readsAtOnce is 1000 (numbers)',
    ]) {
      expect(stderr).toContain(message);
    }
  });
});
