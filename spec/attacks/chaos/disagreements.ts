import { ZooKeeperClient, type ZooKeeperClientOptions } from '../../../index.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import type { Servers } from './servers.js';

const CONNECT_WITHIN = 5_000;

/**
 * The paths whose state differs between servers, with each server's state. Healthy servers of an ensemble agree after a
 * `sync`; where those of 3.8.0 do not, no client can know the right state.
 */
export async function disagreements(
  { connectStrings, transport }: Pick<Servers, 'connectStrings' | 'transport'>,
  paths: readonly string[],
): Promise<string[]> {
  const answers = await Promise.all(connectStrings.map((connectString) => read(connectString, paths, transport)));
  return paths.flatMap((path, index) => {
    const states = answers.map((ofServer) => ofServer[index] ?? 'not asked');
    return new Set(states).size > 1 ? [`the servers disagree about ${path}: ${states.join(' | ')}`] : [];
  });
}

async function read(
  connectString: string,
  paths: readonly string[],
  transport: ZooKeeperClientOptions,
): Promise<string[]> {
  const client = new ZooKeeperClient(connectString, { ...transport, logger: new RecordingLogger() });
  try {
    await client.connect({ timeout: CONNECT_WITHIN });
    await client.sync('/');
    return await Promise.all(paths.map((path) => stateOf(client, path)));
  } finally {
    await client.close();
  }
}

/** With the names of the children: a later change of them has the same pzxid at servers that differ in earlier ones. */
async function stateOf(client: ZooKeeperClient, path: string): Promise<string> {
  const stat = await client.exists(path);
  if (!stat) return 'no znode';
  const { children } = await client.getChildren(path);
  return `czxid ${stat.czxid} mzxid ${stat.mzxid} pzxid ${stat.pzxid} children [${children.sort().join()}]`;
}
