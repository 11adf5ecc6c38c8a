import { canInstall, installPackages } from './install-packages.js';

// The server, its zkCli.sh, and kazoo. None of them starts a service: that is the package zookeeperd.
const PACKAGES = 'zookeeper python3-kazoo';

/** Not pointed to a ZooKeeper of the user's own, where packages can be installed. */
export function canInstallZooKeeper(env: NodeJS.ProcessEnv = process.env): boolean {
  return !env.ZOOKEEPER_HOME && canInstall(env);
}

/** Installs what is missing of the server and of the clients that the specs use. */
export async function installZooKeeper(
  env: NodeJS.ProcessEnv = process.env,
  announce: (line: string) => void = (line) => process.stderr.write(line),
): Promise<void> {
  await installPackages(PACKAGES, env, announce);
}
