import type { ClientState, CoordinationClient, TreeMode, ZooKeeperClient } from '../../index.js';

/** A way in which a client carries watches of trees. */
export interface TreeWay {
  readonly name: string;
  readonly mode: TreeMode;
  /** The client as a recipe sees it. */
  readonly of: (client: ZooKeeperClient) => CoordinationClient;
}

/** Only the operations that every client must have. */
function foreign(client: ZooKeeperClient): CoordinationClient {
  const carried: CoordinationClient = {
    get state() {
      return client.state;
    },
    logger: client.logger,
    exists: (...args) => client.exists(...args),
    getData: (...args) => client.getData(...args),
    getChildren: (...args) => client.getChildren(...args),
    create: (...args) => client.create(...args),
    setData: (...args) => client.setData(...args),
    delete: (...args) => client.delete(...args),
    on(event: 'state', listener: (state: ClientState) => void) {
      client.on(event, listener);
      return carried;
    },
    off(event: 'state', listener: (state: ClientState) => void) {
      client.off(event, listener);
      return carried;
    },
  } as CoordinationClient;
  return carried;
}

/** Everything but recursive watches and reads of many znodes. */
function withoutTrees(client: ZooKeeperClient): CoordinationClient {
  const carried = Object.defineProperties(foreign(client), {
    epoch: { get: () => client.epoch },
    lastZxid: { get: () => client.lastZxid },
  });
  return Object.assign(carried, {
    removeWatcher: (...args: Parameters<ZooKeeperClient['removeWatcher']>) => client.removeWatcher(...args),
    sync: (path: string) => client.sync(path),
  });
}

export const TREE_WAYS: readonly TreeWay[] = [
  { name: 'by a recursive watch', mode: 'recursive', of: (client) => client },
  { name: 'by one-shot watches that outlive connections', mode: 'one-shot', of: withoutTrees },
  { name: 'by the one-shot watches of a foreign client', mode: 'one-shot', of: foreign },
];
