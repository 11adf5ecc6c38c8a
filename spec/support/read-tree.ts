import type { ZooKeeperClient } from '../../index.js';
import { childOf } from '../../lib/core/paths.js';
import { type AuditedNode, auditedOf } from '../oracle/tree-audit.js';

/** All znodes from a path on, read one by one. Nobody may change them meanwhile. */
export async function readTree(client: ZooKeeperClient, root: string): Promise<Map<string, AuditedNode>> {
  const nodes = new Map<string, AuditedNode>();
  const read = async (path: string): Promise<void> => {
    const { data, stat } = await client.retry(() => client.getData(path));
    nodes.set(path, auditedOf({ path, data, stat, unreadable: false }));
    const { children } = await client.retry(() => client.getChildren(path));
    await Promise.all(children.map((name) => read(childOf(path, name))));
  };
  if (await client.retry(() => client.exists(root))) await read(root);
  return nodes;
}
