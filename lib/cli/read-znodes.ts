import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CoordinationClient, ZnodeRead } from '../../index.js';
import { ZooKeeperError } from '../core/errors.js';

const READS_AT_ONCE = 100;

/** Reads the children and stats of many znodes: for each path the znode, or the error of its read. */
export async function readZnodes(
  client: CoordinationClient,
  paths: readonly string[],
): Promise<readonly (ZnodeRead | ZooKeeperError)[]> {
  if (client.readMany) return client.readMany(paths, { data: false });
  const results: (ZnodeRead | ZooKeeperError)[] = [];
  const data = Buffer.alloc(0);
  const read = (path: string): Promise<ZnodeRead | ZooKeeperError> =>
    client.getChildren(path).then(
      (read) => ({ data, ...read }),
      (error) => {
        if (error instanceof ZooKeeperError && !error.retryable) return error;
        throw error;
      },
    );
  for (let start = 0; start < paths.length; start += READS_AT_ONCE) {
    results.push(...(await Promise.all(paths.slice(start, start + READS_AT_ONCE).map(read))));
    await nextTurn();
  }
  return results;
}
