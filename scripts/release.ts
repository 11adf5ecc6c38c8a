/**
 * Publishes the version of package.json: `npm run release` is a dry run, `npm run release -- --publish` publishes. The
 * provenance lets npm show the commit and the CI run that a version was built from. It is available only in the CI of a
 * public repository.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
}

/** The reasons not to publish the version as it is. */
async function obstacles(): Promise<string[]> {
  const { version, repository } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const changelog = await readFile(join(root, 'CHANGELOG.md'), 'utf8');
  const found: string[] = [];
  if ((await git('status', '--porcelain')) !== '') found.push('the working tree has uncommitted changes');
  if (!changelog.includes(`## [${version}]`)) found.push(`CHANGELOG.md has no section for ${version}`);
  if (!repository) found.push('package.json names no repository, which provenance requires');
  if (!(await git('tag', '--points-at', 'HEAD')).split('\n').includes(`v${version}`)) {
    found.push(`the commit is not tagged v${version}`);
  }
  return found;
}

async function run(command: string, ...args: string[]): Promise<void> {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

const isReal = process.argv.includes('--publish');
const found = await obstacles();
for (const obstacle of found) console.error(`not to be published: ${obstacle}`);
if (isReal && found.length > 0) process.exit(1);
if (isReal) await run(join(root, '.ci', 'run'));
await run('npm', 'publish', '--access', 'public', ...(isReal ? ['--provenance'] : ['--dry-run']));
