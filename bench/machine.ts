import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import type { Machine } from './results.js';

/** Where it was measured. */
export function machine(): Machine {
  return {
    system: `${type()} ${release()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    loadAtStart: loadavg()[0],
  };
}

/** What was measured, on which server. */
export async function versions(srvr: string): Promise<Record<string, string>> {
  return {
    'zk-recipes': await packageVersion('../package.json'),
    'node-zookeeper-client': await packageVersion('../node_modules/node-zookeeper-client/package.json'),
    node: process.version,
    zookeeper: /^Zookeeper version: ([\d.]+)/m.exec(srvr)?.[1] ?? 'unknown',
  };
}

/** The commit that is checked out, and whether something was changed since; null outside of a repository. */
export async function commit(): Promise<string | null> {
  try {
    const hash = await git('rev-parse', 'HEAD');
    return (await git('status', '--porcelain')) === '' ? hash : `${hash} with changes`;
  } catch {
    return null;
  }
}

async function git(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: import.meta.dirname });
  return stdout.trim();
}

async function packageVersion(file: string): Promise<string> {
  return JSON.parse(await readFile(new URL(file, import.meta.url), 'utf8')).version;
}
