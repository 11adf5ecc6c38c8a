import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.js';
import { ZOOKEEPER_VERSIONS, type ZooKeeperVersion } from './supported-versions.js';

const SINCE_3_5 = [
  'libdropwizard-metrics-java',
  'libnetty-java',
  'libslf4j-java',
  'libsnappy-java',
  'libzookeeper-java',
];

const PACKAGES: Record<ZooKeeperVersion, readonly string[]> = {
  '3.8.0': SINCE_3_5,
  '3.9.3': SINCE_3_5,
  '3.9.6': SINCE_3_5,
  '3.4.13': ['liblog4j1.2-java', 'libslf4j-java', 'libzookeeper-java'],
};

/** Only one binding of SLF4J may be there: the one that needs no configuration. */
const UNUSED = /^(slf4j-(?!api|simple)|.*-over-slf4j|jul-to-slf4j|log4j-over|zookeeper-)|-[\d.]+(\.Final)?\.jar$/;

/** The suite whose packages change. */
const UNRELEASED = 'forky';

function isLater(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) > 0;
}

/** The version that a variable of the environment asks for; `null` for the one that is installed. */
export function requestedVersion(env: NodeJS.ProcessEnv = process.env): ZooKeeperVersion | null {
  const version = env.ZOOKEEPER_VERSION;
  if (!version) return null;
  if (Object.hasOwn(ZOOKEEPER_VERSIONS, version)) return version as ZooKeeperVersion;
  const known = Object.keys(ZOOKEEPER_VERSIONS).join(', ');
  throw new Error(`ZOOKEEPER_VERSION must be one of ${known}, not ${JSON.stringify(version)}`);
}

/** The class path of a server of that version, unpacked beside the system where another one or none is installed. */
export async function classPathOf(version: ZooKeeperVersion): Promise<string> {
  const { suite } = ZOOKEEPER_VERSIONS[version];
  const folder = join(await unpackDebianPackages(suite, PACKAGES[version]), 'usr/share/java');
  const found = readdirSync(folder).flatMap((name) => /^zookeeper-(\d[\d.]*)\.jar$/.exec(name)?.[1] ?? []);
  if (!found.some((each) => each === version || (suite === UNRELEASED && isLater(each, version)))) {
    throw new Error(`Debian's ${suite} has ZooKeeper ${found}, not ${version}: see supported-versions.ts`);
  }
  // Jars name others by absolute paths, which Java searches before the rest of the class path: those without such
  // names first, so that a ZooKeeper that is installed does not mix in.
  const others = readdirSync(folder).filter((name) => name.endsWith('.jar') && !UNUSED.test(name));
  const jute = ['zookeeper-jute.jar'].filter((name) => existsSync(join(folder, name)));
  const names = [...jute, ...others.filter((name) => name !== 'zookeeper.jar').sort(), 'zookeeper.jar'];
  return names.map((name) => join(folder, name)).join(delimiter);
}
