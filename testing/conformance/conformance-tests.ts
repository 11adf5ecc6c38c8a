import type { ConformanceEnvironment, ConformanceTest } from './environment.js';
import { CUTS, EXPIRIES, STATES } from './lives.js';
import { OPERATIONS } from './operations.js';
import { RECIPES, RECIPES_OVER_CUTS, RECIPES_OVER_EXPIRIES } from './recipes.js';
import { Stage } from './stage.js';
import { WATCHERS } from './watches.js';

/**
 * The claims that each {@link CoordinationClient} must keep to carry the watches, as tests for any runner. They are
 * built on `node:assert`, need a running service, and leave their znodes below the root.
 *
 * @returns the tests, independent of each other; with `faults` also those of a lost connection and a lost session.
 *
 * @example
 * ```ts
 * import { after, describe, it } from 'node:test';
 * import { createClient } from 'node-zookeeper-client';
 * import { ZooKeeperClient } from 'zk-recipes';
 * import { EmbeddedZooKeeper } from 'zk-recipes/embedded';
 * import { fromNodeZooKeeperClient } from 'zk-recipes/node-zookeeper-client';
 * import { conformanceTests } from 'zk-recipes/testing';
 *
 * describe('my client', async () => {
 *   const server = await EmbeddedZooKeeper.start();
 *   const other = await new ZooKeeperClient(server.connectString).connect();
 *   after(async () => {
 *     await other.close();
 *     await server.close();
 *   });
 *   const connect = async () => {
 *     const client = fromNodeZooKeeperClient(() => createClient(server.connectString));
 *     await new Promise<void>((resolve) => client.on('state', (state) => state === 'connected' && resolve()));
 *     return {
 *       client,
 *       close: () => client.close(),
 *       cut: () => server.dropConnections(),
 *       expire: () => server.expireSession(client.sessionId ?? 0n),
 *     };
 *   };
 *   for (const { name, run } of conformanceTests({ connect, other, faults: ['cut', 'expire'] })) it(name, run);
 * });
 * ```
 */
export function conformanceTests(environment: ConformanceEnvironment): ConformanceTest[] {
  const { faults = [] } = environment;
  const claims = [
    ...[OPERATIONS, WATCHERS, STATES, RECIPES],
    ...(faults.includes('cut') ? [CUTS, RECIPES_OVER_CUTS] : []),
    ...(faults.includes('expire') ? [EXPIRIES, RECIPES_OVER_EXPIRIES] : []),
  ];
  return claims.flat().map(([name, test]) => ({ name, run: () => Stage.run(environment, test) }));
}
