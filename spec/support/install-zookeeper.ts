import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onPath } from './on-path.js';

// What `zookeeper` depends on, without its service and without Java's desktop half: 106 MB to download instead of 174.
const PACKAGES = 'libzookeeper-java default-jre-headless';

const SCRIPT = `
  install() {
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 ${PACKAGES}
  }
  install || { apt-get update -q; install; }
`;

/** Root on Debian or Ubuntu, and not pointed to a ZooKeeper of the user's own. */
export function canInstallZooKeeper(env: NodeJS.ProcessEnv = process.env): boolean {
  return process.getuid?.() === 0 && !env.ZOOKEEPER_HOME && isDebian() && onPath('apt-get', env.PATH ?? '') !== null;
}

export async function installZooKeeper(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  process.stderr.write(`No ZooKeeper here: installing ${PACKAGES.replace(' ', ' and ')} with apt-get\n`);
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
