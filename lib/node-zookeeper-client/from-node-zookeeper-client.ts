import { NodeZooKeeperClientAdapter } from './adapter.js';
import type { AdapterOptions } from './options.js';
import type { NodeZooKeeperClient } from './wrapped-client.js';

/**
 * Makes a client for the watches of this package from one of node-zookeeper-client 1.x. The object may be connected
 * already, and works on for its other users.
 *
 * - **An object**: its session is the adapter's. When that expires, or the object is closed, the adapter ends with it:
 *   `lost`, then `closed`. The adapter neither connects nor closes the object.
 * - **A function** that returns a new object, not connected: it is called at once, and again when a session has
 *   expired. The adapter connects each object, and closes it in its own `close()`.
 *
 * @param source the object, or the function
 * @throws {@link InvalidArgumentError} when the object is none of node-zookeeper-client, or its session has ended.
 *
 * @example
 * ```ts
 * import { createClient } from 'node-zookeeper-client';
 * import { DataWatch } from 'zk-recipes';
 * import { fromNodeZooKeeperClient } from 'zk-recipes/node-zookeeper-client';
 *
 * const client = createClient('127.0.0.1:2181');
 * client.connect();
 *
 * new DataWatch(fromNodeZooKeeperClient(client), '/config', (data) => console.log(String(data)));
 * ```
 */
export function fromNodeZooKeeperClient(
  source: NodeZooKeeperClient | (() => NodeZooKeeperClient),
  options?: AdapterOptions,
): NodeZooKeeperClientAdapter {
  return new NodeZooKeeperClientAdapter(source, options);
}
