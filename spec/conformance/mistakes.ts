import type { CoordinationClient, Watcher, ZooKeeperClient } from '../../index.js';

export type Overrides = Partial<CoordinationClient>;

/** A right client, with the mistakes of a wrong one. */
export function withMistakes(inner: ZooKeeperClient, overrides: Overrides): CoordinationClient {
  const client: CoordinationClient = {
    get state() {
      return inner.state;
    },
    get epoch() {
      return inner.epoch;
    },
    logger: inner.logger,
    exists: (path, watcher) => inner.exists(path, watcher),
    getData: (path, watcher) => inner.getData(path, watcher),
    getChildren: (path, watcher) => inner.getChildren(path, watcher),
    create: (path, data, options) => inner.create(path, data, options),
    setData: (path, data, version) => inner.setData(path, data, version),
    delete: (path, version) => inner.delete(path, version),
    removeWatcher: (path, watcher) => inner.removeWatcher(path, watcher),
    on: (event, listener) => {
      inner.on(event, listener);
      return client;
    },
    off: (event, listener) => {
      inner.off(event, listener);
      return client;
    },
  };
  return Object.defineProperties(client, Object.getOwnPropertyDescriptors(overrides));
}

/** Calls a function with each watcher of a read of data. */
export const watching = (inner: ZooKeeperClient, change: (watcher: Watcher) => Watcher | undefined): Overrides => ({
  getData: (path, watcher) => inner.getData(path, watcher && change(watcher)),
});

export const hang = (): Promise<never> => new Promise(() => {});

export const untyped = (error: unknown): never => {
  throw new Error(String(error));
};

/** A mistake, and the claims that it breaks. */
export type Mistake = readonly [name: string, (inner: ZooKeeperClient) => Overrides, ...claims: RegExp[]];
