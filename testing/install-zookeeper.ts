import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from './on-path.js';

// The server, its zkCli.sh, and kazoo. None of them starts a service: that is the package zookeeperd.
const PACKAGES = 'zookeeper python3-kazoo';

const SCRIPT = `
  install() {
    apt-get install -y -q --no-install-recommends --no-upgrade \
      -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 ${PACKAGES}
  }
  install || { apt-get update -q; install; }
`;

/** Root on Debian or Ubuntu, and not pointed to a ZooKeeper of the user's own. */
export function canInstallZooKeeper(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.getuid?.() === 0 && !env.ZOOKEEPER_HOME && isDebian() && onPath('apt-get', env.PATH ?? '') !== null;
}

/** Installs what is missing of the server and of the clients that the specs use. */
export async function installZooKeeper(
  env: NodeJS.ProcessEnv = process.env,
  announce: (line: string) => void = (line) => process.stderr.write(line),
): Promise<void> {
  announce(`Installing ${PACKAGES.replace(' ', ' and ')} with apt-get, for the specs\n`);
  // apt waits for dpkg's lock but not for the one on its package lists: one installation at a time.
  const lock = join(tmpdir(), 'spec-install-zookeeper.lock');
  await promisify(execFile)('flock', [lock, 'sh', '-c', SCRIPT], {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
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
