import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { unpackWithDependencies } from './debian-packages.js';
import { ServerProcess } from './server-process.js';

const PACKAGES = [
  'keystone',
  'memcached',
  'python3-keystonemiddleware',
  'swift-account',
  'swift-container',
  'swift-object',
  'swift-proxy',
];

/** Swift, Keystone and memcached of Debian. */
export interface OpenStack {
  /** The Python that has their modules. */
  readonly python: string;
  readonly memcached: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Those that are installed; else they are unpacked beside the system, and kept for later runs. */
export async function openStack(): Promise<OpenStack> {
  const root = await unpackWithDependencies(PACKAGES);
  // Another Python than the system's does not see Debian's packages.
  const command = (path: string): string => [join(root, path), path].find(existsSync) ?? path;
  const modules = join(root, 'usr/lib/python3/dist-packages');
  const libraries = await librariesIn(root);
  return {
    python: command('/usr/bin/python3'),
    memcached: command('/usr/bin/memcached'),
    env: {
      PATH: [join(root, 'usr/bin'), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(delimiter),
      LANG: 'C.UTF-8',
      PYTHONPATH: modules,
      PYTHONUNBUFFERED: '1',
      ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(delimiter) }),
    },
  };
}

/** Runs a Python program to its end. */
export async function runPython(stack: OpenStack, folder: string, program: string, ...args: string[]): Promise<void> {
  const run = new ServerProcess(stack.python, ['-c', program, ...args], folder, stack.env);
  await run.exited;
  if (!run.log.endsWith('ended with exit code 0')) throw new Error(`A program of OpenStack failed:\n${run.log}`);
}

async function librariesIn(root: string): Promise<string[]> {
  const folders = [join(root, 'usr/lib'), join(root, 'lib')].filter(existsSync);
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder)).filter((name) => /-linux-gnu/.test(name)).map((name) => join(folder, name)),
    ),
  );
  return found.flat();
}
