import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { openStack } from '../../testing/openstack.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package, as it would be published. */
    tarball: string;
  }
}

/** Builds and packs the package once for all specs of the project `world`, and unpacks Swift and Keystone meanwhile. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Where it is missing it takes a while. A spec that needs it waits for it, and fails if it cannot be had.
  const unpacked = openStack().catch(() => {});
  const folder = await mkdtemp(join(tmpdir(), 'spec-package-'));
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT });
  const [report] = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as { filename: string }[];
  project.provide('tarball', join(folder, report?.filename ?? ''));
  return async () => {
    await unpacked;
    await rm(folder, { recursive: true, force: true });
  };
}
