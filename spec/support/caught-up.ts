import type { ZooKeeperClient } from '../../index.js';
import { turn } from '../../testing/passing-time.js';

/**
 * Waits for every call that is due: replies arrive in order, and events before them. A read may take two requests and
 * be followed by another read.
 */
export async function caughtUp(client: ZooKeeperClient): Promise<void> {
  for (let request = 0; request < 6; request += 1) await client.sync('/');
  await turn();
}
