import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The front door of a checkout of this project, relative to it; older commits have theirs in `recipes/`. */
export async function findEntry(checkout: string): Promise<string> {
  const names = await readdir(checkout);
  return names.includes('index.ts') ? 'index.ts' : join('recipes', 'index.ts');
}

/** The commit of a checkout, marked when files have changed since; null outside a repository. */
export async function findCommit(checkout: string): Promise<string | null> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', args, { cwd: checkout });
    return stdout.trim();
  };
  try {
    const hash = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain')) === '' ? hash : `${hash} with changes`;
  } catch {
    return null;
  }
}
