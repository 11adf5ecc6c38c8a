import type { ZooKeeperClient } from '../../../index.js';
import { print } from './path-history.js';
import type { Arena } from './watching-client.js';
import { readTruth } from './writer.js';

/** Reads what the servers hold at rest, which must be what the writers wrote last. */
export async function readTruths(client: ZooKeeperClient, { chronicle, tree, data, groups }: Arena): Promise<void> {
  for (const [aspect, all] of [
    ['data', data],
    ['children', groups],
  ] as const) {
    for (const history of all) {
      const truth = await client.retry(() => readTruth(client, aspect, history.path));
      history.truth = truth;
      if (history.last.key === truth.key) continue;
      const { key } = history.last;
      chronicle.violation(`${history.path} holds ${print(truth.key)}, not ${print(key)}`, history.log);
    }
  }
  await tree.read(client);
}
