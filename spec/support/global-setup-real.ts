import type { TestProject } from 'vitest/node';
import { findPeers } from '../../testing/find-peers.js';
import { findZooKeeper, NoZooKeeperError } from '../../testing/find-zookeeper.js';
import { isSecureRequested, secureServers } from '../../testing/transport.js';
import { ZooKeeperServer } from '../../testing/zookeeper-server.js';

/** Starts the one real server that all spec files of the project share. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plainAgain = isSecureRequested() ? await secureServers() : null;
  const server = await startServer();
  project.provide('server', { kind: 'real', port: server.port });
  project.provide('peers', await findPeers());
  return async () => {
    await server.stop();
    await plainAgain?.();
  };
}

async function startServer(): Promise<ZooKeeperServer> {
  try {
    // The workers and their children find the same one, wherever their temporary folders are.
    if (process.env.ZOOKEEPER_VERSION) process.env.ZOOKEEPER_CLASSPATH = (await findZooKeeper()).classPath;
    return await ZooKeeperServer.start({ tickTime: 100 });
  } catch (error) {
    if (!(error instanceof NoZooKeeperError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
