import { ZooKeeperClient } from '../../../index.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';

const CONNECT_WITHIN = 5_000;

/**
 * The paths of which the servers do not say the same, each with what each server says. Servers of one ensemble that is well
 * must say the same after a `sync`; where 3.8.0 does not, no client can tell what is true.
 */
export async function disagreements(connectStrings: readonly string[], paths: readonly string[]): Promise<string[]> {
  const told = await Promise.all(connectStrings.map((connectString) => read(connectString, paths)));
  return paths.flatMap((path, index) => {
    const said = told.map((ofServer) => ofServer[index] ?? 'not asked');
    return new Set(said).size > 1 ? [`the servers disagree about ${path}: ${said.join(' | ')}`] : [];
  });
}

async function read(connectString: string, paths: readonly string[]): Promise<string[]> {
  const client = new ZooKeeperClient(connectString, { logger: new RecordingLogger() });
  try {
    await client.connect({ timeout: CONNECT_WITHIN });
    await client.sync('/');
    const stats = await Promise.all(paths.map((path) => client.exists(path)));
    return stats.map((stat) => (stat ? `czxid ${stat.czxid} mzxid ${stat.mzxid} pzxid ${stat.pzxid}` : 'no znode'));
  } finally {
    await client.close();
  }
}
