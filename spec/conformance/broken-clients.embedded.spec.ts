import { describe, expect, it } from 'vitest';
import type { CoordinationClient, Watcher, ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { conformanceTests } from '../../testing/conformance/index.js';
import { scaled } from '../../testing/time-factor.js';
import { connectOurs } from '../support/conformance.js';

type Overrides = Partial<CoordinationClient>;

/** A right client, with the mistakes of a wrong one. */
function withMistakes(inner: ZooKeeperClient, overrides: Overrides): CoordinationClient {
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
const watching = (inner: ZooKeeperClient, change: (watcher: Watcher) => Watcher | undefined): Overrides => ({
  getData: (path, watcher) => inner.getData(path, watcher && change(watcher)),
});

const hang = (): Promise<never> => new Promise(() => {});

const untyped = (error: unknown): never => {
  throw new Error(String(error));
};

/** A mistake, and the claims that it breaks. */
const MISTAKES: readonly (readonly [name: string, (inner: ZooKeeperClient) => Overrides, ...claims: RegExp[]])[] = [
  [
    'loses one watch of ten',
    (inner) => {
      let reads = 0;
      return watching(inner, (watcher) => {
        reads += 1;
        return reads % 10 === 0 ? undefined : watcher;
      });
    },
    /^loses no change/,
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
  ['ignores removeWatcher()', () => ({ removeWatcher: () => {} }), /^calls no watcher that was removed/],
  [
    'never settles what a cut interrupts',
    (inner) => ({ setData: (path, data, version) => inner.setData(path, data, version).catch(hang) }),
    /^settles every promise when its connection ends/,
    /^settles every promise when its session ends/,
  ],
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
  ['stays connected after its close', () => ({ state: 'connected' }), /^is closed by its end/],
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
];

/** Runs one claim about a client with mistakes. */
async function run(claim: RegExp, overrides: (inner: ZooKeeperClient) => Overrides): Promise<void> {
  await using server = await EmbeddedZooKeeper.start({ tickTime: 100 });
  await using other = await connectOurs(server.connectString);
  const tests = conformanceTests({
    connect: async () => {
      const inner = await connectOurs(server.connectString);
      return {
        client: withMistakes(inner, overrides(inner)),
        close: () => inner.close(),
        cut: () => server.dropConnections(),
        expire: () => server.expireSession(inner.sessionId ?? 0n),
      };
    },
    other,
    faults: ['cut', 'expire'],
    patience: scaled(1_500),
  });
  const [test, second] = tests.filter(({ name }) => claim.test(name));
  if (!test) throw new Error(`there is no claim ${claim}`);
  if (second && !/^calls, with/.test(second.name)) throw new Error(`there are two claims ${claim}`);
  await test.run();
}

describe('the conformance suite', () => {
  const plain = [
    ...new Map(MISTAKES.flatMap(([, , ...claims]) => claims).map((claim) => [String(claim), claim])).values(),
  ];

  it.each(plain)('accepts a client without mistakes: %s', (claim) => run(claim, () => ({})));

  it.each(MISTAKES.flatMap(([name, overrides, ...claims]) => claims.map((claim) => ({ name, claim, overrides }))))(
    'rejects a client that $name: $claim',
    async ({ claim, overrides }) => {
      await expect(run(claim, overrides)).rejects.toThrow();
    },
  );
});
