/** Runs all checks, some two at once. Prints the output of each when it ends, and exits non-zero if one has failed. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
/** The scripts of package.json that run two at once, the longest ones first. */
const TOGETHER = ['docs', 'types', 'check:house', 'lint', 'unused'];
/** Then these, one after the other: packing writes `dist` and, for a moment, the documents; the last one reads both. */
const ALONE = ['check:package', 'check:docs'];
const AT_ONCE = 2;

const run = promisify(execFile);
const failed: string[] = [];

async function check(name: string): Promise<void> {
  const begun = performance.now();
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const result = await run('npm', ['run', '--silent', name], options).catch((error) => {
    failed.push(name);
    return error as { stdout: string; stderr: string };
  });
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  console.log(`\n${name}: ${failed.includes(name) ? 'FAILED' : 'passed'} in ${seconds} s`);
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
}

const waiting = [...TOGETHER];
async function takeTurns(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await check(name);
}

await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
for (const name of ALONE) await check(name);
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
