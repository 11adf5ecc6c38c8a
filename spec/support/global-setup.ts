import type { TestProject } from 'vitest/node';
import { NoZooKeeperError } from './find-zookeeper.js';
import { ZooKeeperServer } from './zookeeper-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    zookeeperPort: number;
  }
}

/** Starts the one server that all spec files share. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer();
  project.provide('zookeeperPort', server.port);
  return () => server.stop();
}

async function startServer(): Promise<ZooKeeperServer> {
  try {
    return await ZooKeeperServer.start({ tickTime: 100 });
  } catch (error) {
    if (!(error instanceof NoZooKeeperError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
