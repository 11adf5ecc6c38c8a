import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClientState, DataWatch } from '../../../index.js';
import { fromNodeZooKeeperClient, type NodeZooKeeperClientAdapter } from '../../../lib/node-zookeeper-client/index.js';
import { Stage } from '../../../lib/node-zookeeper-client/wrapped-client.js';
import { eventually } from '../../../testing/eventually.js';
import { pass } from '../../../testing/passing-time.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { FakePackageClient } from './fake-package.js';

const CHANGED = { type: 3, name: 'NODE_DATA_CHANGED', path: '/node' };

interface Scene {
  client: FakePackageClient;
  adapter: NodeZooKeeperClientAdapter;
  logger: RecordingLogger;
  states: ClientState[];
}

/** An adapter on a fake object that is connected. */
async function connected(use: (scene: Scene) => Promise<void>): Promise<void> {
  const client = new FakePackageClient();
  const logger = new RecordingLogger();
  await using adapter = fromNodeZooKeeperClient(client, { logger });
  const states: ClientState[] = [];
  adapter.on('state', (state) => states.push(state));
  client.become(Stage.connecting);
  client.become(Stage.connected);
  await use({ client, adapter, logger, states });
}

const settled = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error) => error,
  );

describe.concurrent('a fault of node-zookeeper-client', () => {
  it('a callback that comes twice: the first counts', () =>
    connected(async ({ client, adapter }) => {
      const read = adapter.getData('/node');
      const [callback] = client.callbacks;
      client.answer();
      callback?.(Object.assign(new Error('again'), { code: -101 }));
      expect((await read).data).toHaveLength(0);
    }));

  it('a watcher that is called twice, or for nothing: once', () =>
    connected(async ({ client, adapter }) => {
      const events = new Recorder<string>();
      const read = adapter.getData('/node', ({ type }) => events.record(type));
      // Before the answer nothing is armed.
      client.watchers[0]?.(CHANGED);
      client.answer();
      await read;
      client.watchers[0]?.({ ...CHANGED, type: 77 });
      client.watchers[0]?.(CHANGED);
      client.watchers[0]?.(CHANGED);
      await events.untilCount(1);
      await adapter.close();
      expect(events.items).toEqual(['NodeDataChanged']);
    }));

  it('a watcher that throws: it is logged, and the others are called outside of the code of the package', () =>
    connected(async ({ client, adapter, logger }) => {
      const events = new Recorder<string>();
      const reads = [
        adapter.getData('/node', () => {
          throw new Error('by the user');
        }),
        adapter.getData('/node', ({ type }) => events.record(type)),
      ];
      client.answer();
      client.answer();
      await Promise.all(reads);
      expect(client.watchers[0]).toBe(client.watchers[1]);
      client.watchers[0]?.(CHANGED);
      expect(events.items).toEqual([]);
      await events.untilCount(1);
      expect(logger.messages('error')).toEqual(['a watcher of /node threw: by the user']);
    }));

  it('a call that throws: the promise rejects with a typed error', () =>
    connected(async ({ client, adapter }) => {
      client.error = new TypeError('no such thing');
      const error = await settled(adapter.create('/node'));
      expect(error).toMatchObject({ code: 'UNKNOWN', path: '/node', cause: client.error });
      expect(String(error)).toContain('node-zookeeper-client threw: no such thing');
    }));

  it.each([
    [-4, 'CONNECTION_LOSS', undefined],
    [-112, 'SESSION_EXPIRED', undefined],
    [-102, 'NO_AUTH', -102],
    [-6, 'UNIMPLEMENTED', -6],
    [-999, 'UNKNOWN', -999],
  ])('an exception with the number %d: the code %s', (number, code, serverCode) =>
    connected(async ({ client, adapter }) => {
      const read = adapter.getData('/node');
      client.callbacks[0]?.(Object.assign(new Error('Exception'), { code: number }));
      const error = await settled(read);
      expect(error).toMatchObject({ code, path: '/node' });
      expect((error as { serverCode?: number }).serverCode).toBe(serverCode);
    }),
  );

  it('requests that wait for a connection, and are forgotten with the session: the adapter keeps and settles them', () =>
    connected(async ({ client, adapter, states }) => {
      client.become(Stage.disconnected);
      client.become(Stage.connecting);
      const waiting = adapter.getData('/node');
      expect(client.calls.items).toEqual([]);
      client.become(Stage.expired);
      await expect(waiting).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
      expect(states).toEqual(['connecting', 'connected', 'suspended', 'lost', 'closed']);
    }));

  it('more than 1,000 requests in flight block the event loop: the adapter sends the others later', () =>
    connected(async ({ client, adapter }) => {
      const reads = Array.from({ length: 1_500 }, (_, index) => adapter.getData(`/${index}`));
      await client.calls.untilCount(1_000);
      expect(client.callbacks).toHaveLength(1_000);
      for (let answers = 0; answers < 1_500; answers += 1) client.answer();
      expect(await Promise.all(reads)).toHaveLength(1_500);
    }));

  it('a silent server is not noticed: the connection is cut after two thirds of the session timeout', () =>
    connected(async ({ client }) => {
      const began = performance.now();
      client.isAlive = false;
      await eventually(() => client.sockets[0]?.destroyed === true);
      expect(performance.now() - began).toBeGreaterThan(client.sessionTimeout / 2);
    }));

  it('a handshake without an answer is waited for without end: the attempt is cut', async () => {
    const client = new FakePackageClient();
    await using adapter = fromNodeZooKeeperClient(() => client);
    expect(adapter.state).toBe('connecting');
    await eventually(() => client.sockets[0]?.destroyed === true);
  });

  it('half a packet stays before the bytes of the next connection: it is dropped', () =>
    connected(async ({ client }) => {
      client.connectionManager.pendingBuffer = Buffer.from('half');
      client.become(Stage.disconnected);
      expect(client.connectionManager.pendingBuffer).toBeNull();
    }));

  it('a listener of the user that throws ends its reconnecting: it is connected again', () =>
    connected(async ({ client, states }) => {
      client.connectionManager.on('state', () => {
        throw new Error('by the user');
      });
      expect(() => client.become(Stage.disconnected)).toThrow('by the user');
      client.connectionManager.removeAllListeners('state');
      await client.calls.until((calls) => calls.includes('connect'));
      expect(states.at(-1)).toBe('suspended');
    }));

  it('a callback of the user that throws as the connection ends leaves it connected for ever: it is connected again', () =>
    connected(async ({ client, states }) => {
      client.isAlive = false;
      client.sockets[0]?.destroy();
      await client.calls.until((calls) => calls.includes('connect'));
      expect(states.at(-1)).toBe('suspended');
    }));

  it('it repeats writes by itself with its option retries: a warning', async () => {
    const client = new FakePackageClient();
    client.options.retries = 3;
    const logger = new RecordingLogger();
    await fromNodeZooKeeperClient(client, { logger }).close();
    expect(logger.messages('warn')).toEqual([expect.stringContaining('option retries: it repeats writes')]);
  });
});

it('a callback that never comes is waited for until three session timeouts, and the promise rejects', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  await connected(async ({ client, adapter }) => {
    const errors: unknown[] = [];
    for (const call of [adapter.getData('/node'), adapter.setData('/node', 'x')]) {
      call.catch((error: unknown) => errors.push(error));
    }
    await pass(2 * client.sessionTimeout);
    expect(errors).toEqual([]);
    await pass(2 * client.sessionTimeout);
    expect(errors).toMatchObject([
      { code: 'CONNECTION_LOSS', path: '/node' },
      {
        message: expect.stringContaining('setData /node: no answer came within three session timeouts; the outcome is'),
      },
    ]);
    // The answer that comes after all is of no consequence.
    client.answer();
  });
});

describe('fromNodeZooKeeperClient', () => {
  it.each([null, undefined, {}, 'localhost:2181', new Map(), Promise.resolve()])('refuses %s', (value) => {
    expect(() => fromNodeZooKeeperClient(value as never)).toThrow('that createClient() of node-zookeeper-client 1.x');
    expect(() => fromNodeZooKeeperClient((() => value) as never)).toThrow(
      'client must be an object that createClient()',
    );
  });

  it.each([Stage.closed, Stage.closing, Stage.expired, Stage.authFailed])(
    'refuses an object in the stage %d',
    (stage) => {
      const client = new FakePackageClient();
      client.become(stage);
      expect(() => fromNodeZooKeeperClient(client)).toThrow('client must be alive');
      expect(client.connectionManager.listenerCount('state')).toBe(0);
    },
  );

  it.each([
    [{ logger: {} }, 'logger must be an object with the functions'],
    [{ maxRequestSize: 0 }, 'maxRequestSize must be a whole number of bytes from 1024'],
    [{ unknown: 1 }, 'options must be made of logger, maxRequestSize'],
  ])('refuses the options %s', (options, message) => {
    expect(() => fromNodeZooKeeperClient(new FakePackageClient(), options as never)).toThrow(message);
  });

  it('is latent on an object that is not connecting, and says so', async () => {
    const client = new FakePackageClient();
    await using adapter = fromNodeZooKeeperClient(client);
    expect(adapter.state).toBe('latent');
    await expect(adapter.getData('/node')).rejects.toThrow(
      'call connect() of the client object first; nothing was sent',
    );
    expect(client.calls.items).toEqual([]);
  });

  it('asks the function again until it gives a new object, and reports each reason once', async () => {
    const first = new FakePackageClient();
    const second = new FakePackageClient();
    const logger = new RecordingLogger();
    const results: (FakePackageClient | Error)[] = [first, first, new Error('no configuration'), second];
    const source = () => {
      const result = results.shift();
      if (result instanceof Error) throw result;
      return result as FakePackageClient;
    };
    await using adapter = fromNodeZooKeeperClient(source, { logger });
    const states = new Recorder<ClientState>();
    adapter.on('state', (state) => states.record(state));
    first.become(Stage.connected);
    const pending = adapter.getData('/node');
    first.become(Stage.expired);
    await expect(pending).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });
    await second.calls.until((calls) => calls.includes('connect'));
    second.become(Stage.connected);
    await states.until((seen) => seen.at(-1) === 'connected');
    expect(states.items).toEqual(['connecting', 'connected', 'lost', 'connected']);
    expect(logger.messages('error')).toEqual([
      expect.stringContaining('must return a new client, but returned the one that has expired'),
      expect.stringContaining('no configuration'),
    ]);
    // The object of before has no part in it any more.
    expect(first.connectionManager.listenerCount('state')).toBe(0);
  });

  it('ends with an object whose server refuses the credentials', () =>
    connected(async ({ client, adapter, states, logger }) => {
      client.become(Stage.authFailed);
      expect(adapter.state).toBe('closed');
      await Promise.resolve();
      expect(states.slice(-2)).toEqual(['lost', 'closed']);
      expect(logger.messages('info').at(-1)).toBe('closed: the server refused the credentials');
    }));

  it('lets go of the object at its close, from every state', async () => {
    for (const stage of [Stage.disconnected, Stage.connecting, Stage.connected]) {
      const client = new FakePackageClient();
      const adapter = fromNodeZooKeeperClient(client);
      if (stage !== Stage.disconnected) client.become(stage);
      const watch = new DataWatch(adapter, '/node', () => {});
      await adapter.close();
      await adapter.close();
      await expect(watch.ready).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
      expect(client.connectionManager.listenerCount('state')).toBe(0);
      expect(client.calls.items).not.toContain('close');
    }
  });
});
