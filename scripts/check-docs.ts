/**
 * Compiles every code block of the documents and the docstrings like a user's file: strict, under nodenext, importing
 * the package by its name. A block that begins with a file name can be imported by the other blocks of its document,
 * and is run if it is a test. Every other block is a program, and is run on an embedded server that replaces
 * 127.0.0.1:2181, unless `<!-- not run: reason -->` precedes it. kazoo's examples are compared with ours.
 * Exits non-zero with the place of each block that does not compile, or fails.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findBlocks } from './docs/code-blocks.js';
import { compile, writeBlocks } from './docs/compile.js';
import { checkErrorsTable } from './docs/errors-table.js';
import { compareLength, compareOutput, findPairs, runKazooExamples } from './docs/kazoo-pairs.js';
import { checkOthers } from './docs/other-languages.js';
import { runPrograms } from './docs/run-programs.js';
import { checkVersionsTable } from './docs/versions-table.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** kazoo's documentation has an example of each of its three watches. */
const PAIRS = 3;

/** Runs the tests among the files: each with the runner that its suffix names. */
async function runTests(folder: string, files: readonly string[]): Promise<number> {
  const specs = files.filter((file) => file.endsWith('.spec.ts'));
  const tests = files.filter((file) => file.endsWith('.test.ts'));
  if (specs.length === 0 || tests.length === 0) throw new Error('found no test to run: the search for them is broken');
  // Without it vitest would load the configuration of the package.
  await writeFile(join(folder, 'vitest.config.ts'), 'export default {};\n');
  await run(join(root, 'node_modules', '.bin', 'vitest'), ['run', '.spec.ts'], { cwd: folder });
  await run(process.execPath, ['--import', 'tsx', '--test', ...tests], { cwd: root });
  return specs.length + tests.length;
}

async function check(folder: string): Promise<void> {
  const blocks = await findBlocks(root);
  const pairs = findPairs(blocks);
  if (pairs.length < PAIRS) throw new Error(`found ${pairs.length} pairs: the search for them is broken`);
  for (const pair of pairs) compareLength(pair);
  await checkOthers(blocks);
  console.log(`${await checkErrorsTable(root)} error codes are in their table`);
  console.log(`${await checkVersionsTable(root)} rows of versions are what is run`);

  const written = await writeBlocks(
    blocks.filter(({ language }) => language === 'ts'),
    folder,
  );
  const problems = compile(written);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  console.log(`${written.size} code blocks compiled`);

  // Files that a program writes to a relative path are removed with the folder.
  process.chdir(folder);
  const [outputs, tests, kazooOutputs] = await Promise.all([
    runPrograms(written),
    runTests(folder, [...written.keys()]),
    runKazooExamples(pairs),
  ]);
  for (const pair of pairs) compareOutput(pair, outputs, kazooOutputs);
  console.log(`${outputs.size} of them run on an embedded server, and ${tests} tests passed`);
  console.log(
    `${pairs.length} of kazoo's examples are no shorter than ours, ${kazooOutputs.size} of them run and compared`,
  );
}

// Inside the package, so that importing it by name resolves to its published files.
const folder = await mkdtemp(join(root, '.check-docs-'));
try {
  await check(folder);
} catch (error) {
  const { message, stdout = '', stderr = '' } = error as { message?: string; stdout?: string; stderr?: string };
  console.error(message ?? error, stdout, stderr);
  process.exitCode = 1;
} finally {
  process.chdir(root);
  // After a failure other programs may still be writing into the folder.
  await rm(folder, { recursive: true, maxRetries: 10 });
}
