import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { canInstallZooKeeper, installZooKeeper } from './install-zookeeper.js';
import { onPath } from './on-path.js';
import type { ZooKeeperVersion } from './supported-versions.js';
import { classPathOf, requestedVersion } from './zookeeper-versions.js';

export interface ZooKeeperInstallation {
  /** The java command. */
  readonly java: string;
  /** Has org.apache.zookeeper.server.quorum.QuorumPeerMain. */
  readonly classPath: string;
}

export class NoZooKeeperError extends Error {
  override readonly name = 'NoZooKeeperError';

  constructor(cause?: unknown) {
    super(
      'This needs a real ZooKeeper and Java: run `apt-get install zookeeper`, or set ZOOKEEPER_HOME or ' +
        'ZOOKEEPER_CLASSPATH and have java in JAVA_HOME or on the PATH.',
      { cause },
    );
  }
}

const DEBIAN_JAR = '/usr/share/java/zookeeper.jar';
const DEBIAN_MORE_JARS = [
  // Without a binding SLF4J drops the log; this one writes to stderr and needs no configuration.
  '/usr/share/java/slf4j-simple.jar',
  // TLS needs them, and zookeeper.jar does not name them.
  '/usr/share/java/netty-codec.jar',
  '/usr/share/java/netty-resolver.jar',
];

/**
 * Finds a ZooKeeper server to run, or installs one where that is possible; throws NoZooKeeperError where it is not.
 *
 * @param version beside the one that is installed; by default the one of ZOOKEEPER_VERSION, without ZOOKEEPER_CLASSPATH
 */
export async function findZooKeeper(
  env: NodeJS.ProcessEnv = process.env,
  version: ZooKeeperVersion | null = env.ZOOKEEPER_CLASSPATH ? null : requestedVersion(env),
): Promise<ZooKeeperInstallation> {
  const installation = await findInstalled(env);
  return version === null ? installation : { ...installation, classPath: await classPathOf(version) };
}

async function findInstalled(env: NodeJS.ProcessEnv): Promise<ZooKeeperInstallation> {
  const found = lookUp(env);
  if (found) return found;
  if (!canInstallZooKeeper(env)) throw new NoZooKeeperError();
  try {
    await installZooKeeper(env);
  } catch (error) {
    throw new NoZooKeeperError(error);
  }
  const installed = lookUp(env);
  if (!installed) throw new NoZooKeeperError();
  return installed;
}

function lookUp(env: NodeJS.ProcessEnv): ZooKeeperInstallation | null {
  const java = findJava(env);
  const classPath = findClassPath(env);
  return java && classPath ? { java, classPath } : null;
}

function findClassPath(env: NodeJS.ProcessEnv): string | null {
  if (env.ZOOKEEPER_CLASSPATH) return env.ZOOKEEPER_CLASSPATH;
  const home = env.ZOOKEEPER_HOME;
  if (home) {
    // Java itself expands the asterisks.
    return existsSync(join(home, 'lib'))
      ? [join(home, 'conf'), join(home, 'lib', '*'), join(home, '*')].join(delimiter)
      : null;
  }
  return existsSync(DEBIAN_JAR)
    ? [DEBIAN_JAR, ...DEBIAN_MORE_JARS.filter((jar) => existsSync(jar))].join(delimiter)
    : null;
}

function findJava({ JAVA_HOME, PATH = '' }: NodeJS.ProcessEnv): string | null {
  return onPath('java', JAVA_HOME ? join(JAVA_HOME, 'bin') + delimiter + PATH : PATH);
}
