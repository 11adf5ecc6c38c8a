import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from './on-path.js';

const SCRIPT = `
  install() {
    apt-get install -y -q --no-install-recommends --no-upgrade \\
      -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 $PACKAGES
  }
  install || { apt-get update -q; install; }
`;

/** Root on Debian or Ubuntu. */
export function canInstall(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.getuid?.() === 0 && isDebian() && onPath('apt-get', env.PATH ?? '') !== null;
}

/** Installs packages of Debian, separated by spaces. */
export async function installPackages(
  packages: string,
  env: NodeJS.ProcessEnv = process.env,
  announce: (line: string) => void = (line) => process.stderr.write(line),
): Promise<void> {
  announce(`Installing ${packages.replaceAll(' ', ' and ')} with apt-get, for the specs\n`);
  // apt waits for dpkg's lock but not for the one on its package lists: one installation at a time.
  const lock = join(tmpdir(), 'spec-install-packages.lock');
  await promisify(execFile)('flock', [lock, 'sh', '-c', SCRIPT], {
    env: { ...env, PACKAGES: packages, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
}

function isDebian(): boolean {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
