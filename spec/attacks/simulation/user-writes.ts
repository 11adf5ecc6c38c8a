import { codeOf } from '../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../lib/zookeeper/client.js';

/** The ways to write, with their weights. */
export const WRITES = { setData: 5, create: 3, delete: 2, ephemeral: 2, transaction: 2, deleteRecursive: 1 } as const;

export function write(
  client: ZooKeeperClient,
  how: keyof typeof WRITES,
  path: string,
  child: string,
  data: string,
): Promise<unknown> {
  switch (how) {
    case 'setData':
      return client.setData(path, data);
    case 'create':
      return client.create(child, data);
    case 'ephemeral':
      return client.create(child, data, { mode: 'ephemeral' });
    case 'delete':
      return client.delete(child);
    case 'transaction':
      return client.transaction().delete(child).create(child, data).commit();
    case 'deleteRecursive':
      return client.deleteRecursive(path);
  }
}

/** Whether the server may have carried out a write that failed with this error. */
export function isOutcomeUnknown(error: unknown): boolean {
  const { message } = error as Error;
  if (codeOf(error) === 'CONNECTION_LOSS') return !message.includes('nothing was sent');
  return codeOf(error) === 'CLIENT_CLOSED';
}
