import * as library from '../../index.js';
import type { WatchTree } from './client.js';

/** Makes a client's function that watches trees. A checkout from before them has none. */
export function treesOf(client: library.CoordinationClient): WatchTree {
  return (root, completed, changed) => {
    let isComplete = false;
    new library.TreeWatch(client, root, (tree, changes) => {
      if (!isComplete) completed(tree.size);
      else for (const { path, node } of changes) changed(path, node?.data ?? null);
      isComplete = true;
    });
  };
}

/** The same client without its recursive watches and its reads of many znodes. */
export function withSingleReads(client: library.CoordinationClient): library.CoordinationClient {
  return new Proxy(client, {
    get(target, name) {
      if (name === 'watchTree' || name === 'readMany') return undefined;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
