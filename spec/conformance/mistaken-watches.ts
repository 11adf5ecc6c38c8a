import type { Watcher } from '../../index.js';
import { type Mistake, watching } from './mistakes.js';

/** Mistakes of watchers. */
export const OF_WATCHES: readonly Mistake[] = [
  [
    'loses one watch of ten',
    (inner) => {
      let reads = 0;
      const some = (watcher: Watcher | undefined): Watcher | undefined => {
        reads += 1;
        return reads % 10 === 0 ? undefined : watcher;
      };
      return {
        getData: (path, watcher) => inner.getData(path, some(watcher)),
        getChildren: (path, watcher) => inner.getChildren(path, some(watcher)),
        exists: (path, watcher) => inner.exists(path, some(watcher)),
      };
    },
    /^loses no change of 100 .* getData\(\)$/,
    /^loses no change of 100 .* getChildren\(\)$/,
    /^loses no change of 100 .* exists\(\)$/,
  ],
  [
    'arms the watches after the reads',
    (inner) => ({
      getData: async (path, watcher) => {
        const result = await inner.getData(path);
        inner.getData(path, watcher).catch(() => {});
        return result;
      },
      getChildren: async (path, watcher) => {
        const result = await inner.getChildren(path);
        inner.getChildren(path, watcher).catch(() => {});
        return result;
      },
    }),
    /^loses no change of 100 .* getData\(\)$/,
    /^loses no change of 100 .* getChildren\(\)$/,
  ],
  [
    'takes data and stat from two reads',
    (inner) => ({
      getData: async (path, watcher) => {
        const { data } = await inner.getData(path, watcher);
        return { data, stat: (await inner.getData(path)).stat };
      },
      getChildren: async (path, watcher) => {
        const { children } = await inner.getChildren(path, watcher);
        return { children, stat: (await inner.getData(path)).stat };
      },
    }),
    /^loses no change of 100 .* getData\(\)$/,
    /^loses no change of 100 .* getChildren\(\)$/,
  ],
  [
    'takes a change of a child for one of the list',
    (inner) => ({
      getChildren: async (path, watcher) => {
        const result = await inner.getChildren(path, watcher);
        for (const name of watcher ? result.children : []) {
          await inner.getData(`${path}/${name}`, () => watcher?.({ type: 'NodeChildrenChanged', path }));
        }
        return result;
      },
    }),
    /^does not call the watcher of getChildren for a change of a child/,
  ],
  [
    'calls a watcher twice',
    (inner) =>
      watching(inner, (watcher) => (event) => {
        watcher(event);
        watcher(event);
      }),
    /^calls, with NodeDataChanged, the watcher of getData/,
    /^calls a watcher at most once/,
  ],
  [
    'keeps a watcher armed',
    (inner) => ({
      getData: (path, watcher) => {
        const again: Watcher = (event) => {
          watcher?.(event);
          inner.getData(path, again).catch(() => {});
        };
        return inner.getData(path, watcher && again);
      },
    }),
    /^calls a watcher at most once/,
  ],
  [
    'calls the watchers at a cut',
    (inner) =>
      watching(inner, (watcher) => {
        inner.on('state', (state) => {
          if (state === 'suspended') watcher({ type: 'NodeDataChanged', path: '/' });
        });
        return watcher;
      }),
    /^calls no watcher because of the cut/,
  ],
  [
    'promises by its epoch watches that it loses with the connection',
    (inner) =>
      watching(inner, (watcher) => {
        let isLost = false;
        inner.on('state', () => {
          isLost = true;
        });
        return (event) => {
          if (!isLost) watcher(event);
        };
      }),
    /^calls no watcher because of the cut/,
    /^loses no change that is made around a cut/,
    /^carries the three watches over a cut/,
  ],
  [
    'arms a watch by a read that rejects',
    (inner) => ({
      getData: (path, watcher) =>
        inner.getData(path, watcher).catch(async (error) => {
          await inner.exists(path, watcher);
          throw error;
        }),
    }),
    /^arms nothing by a read that rejects/,
  ],
  [
    'loses a watch for a creation with its session, against its epoch',
    (inner) => ({
      exists: (path, watcher) => {
        const { sessionId } = inner;
        return inner.exists(path, (event) => {
          if (inner.sessionId === sessionId) watcher?.(event);
        });
      },
    }),
    /^calls no watcher because of the end of its session/,
  ],
  [
    'loses the changes that it finds as it connects again, against its epoch',
    (inner) => {
      let isCalm = true;
      inner.on('state', (state) => {
        isCalm = false;
        if (state === 'connected') setImmediate(() => (isCalm = true));
      });
      return watching(inner, (watcher) => (event) => {
        if (isCalm) watcher(event);
      });
    },
    /^loses no change that is made around a cut/,
  ],
  ['ignores removeWatcher()', () => ({ removeWatcher: () => {} }), /^calls no watcher that was removed/],
  [
    'throws for the removal of a watcher that is not armed',
    (inner) => {
      const armed = new Set<Watcher>();
      return {
        ...watching(inner, (watcher) => {
          armed.add(watcher);
          return watcher;
        }),
        removeWatcher: (path, watcher) => {
          if (!armed.delete(watcher)) throw new Error('no such watcher');
          inner.removeWatcher(path, watcher);
        },
      };
    },
    /^takes the removal of a watcher that is not armed/,
  ],
  [
    'throws for the removal of a watcher without a connection',
    (inner) => ({
      removeWatcher: (path, watcher) => {
        if (inner.state !== 'connected') throw new Error('no connection');
        inner.removeWatcher(path, watcher);
      },
    }),
    /^takes the removal of a watcher that is not armed/,
    /^takes the removal of a watcher while it has no connection/,
  ],
  [
    'has recursive watches that report nothing',
    (inner) => ({
      readMany: (paths, options) => inner.readMany(paths, options),
      watchTree: (_path, listener) => {
        queueMicrotask(() => listener.armed());
        return { remove: () => {} };
      },
    }),
    /^carries a TreeWatch$/,
    /^carries a TreeWatch over a cut/,
    /^carries a TreeWatch over the end/,
  ],
];
