import type { CoordinationClient } from '../../index.js';
import { hang, type Mistake, untyped } from './mistakes.js';

/** Mistakes of reads and writes, and of the states. */
export const OF_OPERATIONS: readonly Mistake[] = [
  [
    'rejects with untyped errors',
    (inner) => ({
      getData: (path, watcher) => inner.getData(path, watcher).catch(untyped),
      create: (path, data, options) => inner.create(path, data, options).catch(untyped),
    }),
    /^rejects with NO_NODE/,
    /^rejects with NODE_EXISTS/,
  ],
  [
    'takes version 0 for any version',
    (inner) => ({ setData: (path, data, version) => inner.setData(path, data, version || -1) }),
    /version 0 is version 0$/,
  ],
  [
    'takes version 0 of a deletion for any version',
    (inner) => ({ delete: (path, version) => inner.delete(path, version || -1) }),
    /version 0 is version 0$/,
  ],
  [
    'accepts no version',
    (inner) => ({ setData: (path, data, version = -1) => inner.setData(path, data, version && 7) }),
    /version 0 is version 0$/,
  ],
  [
    'keeps only bytes that are text',
    (inner) => ({
      getData: async (path, watcher) => {
        const { data, stat } = await inner.getData(path, watcher);
        return { data: Buffer.from(String(data)), stat };
      },
      setData: (path, data, version) => inner.setData(path, String(data), version),
    }),
    /^reads what another client has written/,
    /^writes what another client can read/,
  ],
  [
    'writes strings as latin1',
    (inner) => ({
      setData: (path, data, version) => inner.setData(path, Buffer.from(data as string, 'latin1'), version),
    }),
    /^writes what another client can read/,
  ],
  [
    'creates for everybody',
    (inner) => ({ create: (path, data, { acl, ...options } = {}) => inner.create(path, data, options) }),
    /^rejects with NO_AUTH/,
  ],
  [
    'creates sequential znodes that stay',
    (inner) => ({
      create: (path, data, options = {}) =>
        inner.create(
          path,
          data,
          options.mode === 'ephemeral-sequential' ? { ...options, mode: 'persistent-sequential' } : options,
        ),
    }),
    /^creates sequential/,
  ],
  [
    'reads many znodes in another order',
    (inner) => ({ readMany: async (paths, options) => [...(await inner.readMany(paths, options))].reverse() }),
    /^reads many znodes in the order/,
  ],
  [
    'answers exists() of a missing znode by a rejection',
    (inner) => ({
      exists: async (path, watcher) => (await inner.exists(path, watcher)) ?? (await inner.getData(path)).stat,
    }),
    /^answers exists\(\) of a missing znode/,
  ],
  [
    'reads data as a string',
    (inner) => ({
      getData: async (path, watcher) => {
        const { data, stat } = await inner.getData(path, watcher);
        return { data: String(data) as unknown as Buffer, stat };
      },
    }),
    /^reads what another client has written/,
    /^reads a znode without data/,
  ],
  [
    'returns the path that was asked for',
    (inner) => ({
      create: async (path, data, options) => {
        await inner.create(path, data, options);
        return path;
      },
    }),
    /^creates sequential/,
  ],
  [
    'never settles what a cut interrupts',
    (inner) => ({ delete: (path, version) => inner.delete(path, version).catch(hang) }),
    /^settles every promise when its connection ends/,
    /^settles every promise when its session ends/,
  ],
  [
    'says nothing of a lost connection',
    (inner) => ({
      on(event, listener) {
        inner.on(event, (state) => {
          if (state !== 'suspended') listener(state);
        });
        return this as CoordinationClient;
      },
    }),
    /^is suspended when its connection ends/,
  ],
  [
    'says nothing of a lost session',
    (inner) => ({
      on(event, listener) {
        inner.on(event, (state) => {
          if (state !== 'lost') listener(state);
        });
        return this as CoordinationClient;
      },
    }),
    /^reports lost when its session ends/,
  ],
  [
    'emits a state before it has it',
    (inner) => {
      let { state } = inner;
      inner.on('state', (next) => queueMicrotask(() => (state = next)));
      return {
        get state() {
          return state;
        },
      };
    },
    /^is suspended when its connection ends/,
  ],
  ['stays connected after its close', () => ({ state: 'connected' }), /^is closed by its end/],
];
