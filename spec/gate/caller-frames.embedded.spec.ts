import { describe, expect, it } from 'vitest';
import {
  NoAuthError,
  PatientChildrenWatch,
  subscribe,
  type TransactionalClient,
  type ZnodeTransaction,
  ZooKeeperError,
} from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { fromNodeZooKeeperClient } from '../../lib/node-zookeeper-client/index.js';
import { Stage } from '../../lib/node-zookeeper-client/wrapped-client.js';
import { BlobStorage, BlobValue } from '../../recipes/blobs/index.js';
import { makePoller } from '../../recipes/pollers/index.js';
import { RemoteBlobStorage } from '../../recipes/remote/index.js';
import { FakeClient } from '../../testing/fake-client.js';
import { makeFakeClient } from '../../testing/fake-connector.js';
import { turn } from '../../testing/passing-time.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { FakePackageClient } from '../lib/node-zookeeper-client/fake-package.js';

type Method = (...args: unknown[]) => unknown;

/** An object whose calls fail after they have returned, as by a reply, and how each of its methods is called then. */
interface Subject {
  /** Makes the object, and what makes its calls fail. */
  make(): Promise<{ object: object; fail?: () => unknown }>;
  /** The code of the error. A call that is refused at once has another one, and frames in any case. */
  readonly code: string;
  /** By method, where those of most are of no use. */
  readonly args?: Readonly<Record<string, readonly unknown[]>>;
  /** Methods that resolve whatever happens, or that call code of the user, by the reason. */
  readonly others?: Readonly<Record<string, string>>;
}

const UNIMPORTANT: readonly unknown[] = ['/node', 'data'];
const ENDS = { close: 'resolves', [Symbol.asyncDispose.toString()]: 'resolves' };
const forbidden = () =>
  new Promise<never>((_, reject) => setImmediate(() => reject(new NoAuthError('NO_AUTH: played by the spec'))));

const noted = (): void => {};

/** A client each of whose requests fails later, with an error that nothing retries. */
function forbiddenClient(): TransactionalClient {
  const client = new FakeClient();
  for (const name of ['exists', 'getData', 'getChildren', 'create', 'setData', 'delete', 'sync'])
    Object.defineProperty(client, name, { value: forbidden });
  const transaction = { commit: forbidden, create: noted, setData: noted, delete: noted, check: noted };
  return Object.assign(client, { transaction: () => transaction as unknown as ZnodeTransaction });
}

async function makeClient() {
  const { client, network } = makeFakeClient('a:1', { retry: { maxAttempts: 1 } });
  const connecting = client.connect();
  await turn();
  network.last.open();
  await connecting;
  return { client, network, fail: () => network.last.end('failed') };
}

function makeAdapter() {
  const wrapped = new FakePackageClient();
  const client = fromNodeZooKeeperClient(wrapped, { logger: new RecordingLogger() });
  wrapped.become(Stage.connected);
  return { client, fail: () => wrapped.callbacks.shift()?.(Object.assign(new Error('no'), { code: -102 })) };
}

const remote = () =>
  new RemoteBlobStorage('http://127.0.0.1:1/', {
    fetch: () => Promise.reject(new Error('down')),
    retry: { maxAttempts: 1 },
  });

const SUBJECTS: Readonly<Record<string, Subject>> = {
  ZooKeeperClient: {
    make: async () => {
      const { client, fail } = await makeClient();
      return { object: client, fail };
    },
    code: 'CONNECTION_LOSS',
    args: {
      ...{ exists: ['/node'], getData: ['/node'], getChildren: ['/node'], delete: ['/node'] },
      ...{ setAcl: ['/node', [{ perms: 31, scheme: 'world', id: 'anyone' }]], readMany: [['/node']] },
      create: ['/node/child', '', { makePath: true }],
    },
    others: { ...ENDS, connect: 'is connected', retry: 'calls code of the user', read: 'internal', submit: 'internal' },
  },
  'connect()': {
    make: async () => {
      const { client } = makeFakeClient();
      return { object: Object.assign(Object.create({ connect: (options: object) => client.connect(options) })) };
    },
    code: 'CONNECT_TIMEOUT',
    args: { connect: [{ timeout: 1 }] },
  },
  Transaction: {
    make: async () => {
      const { client, fail } = await makeClient();
      return { object: client.transaction().check('/node', 1), fail };
    },
    code: 'CONNECTION_LOSS',
  },
  NodeZooKeeperClientAdapter: {
    make: async () => {
      const { client, fail } = makeAdapter();
      return { object: client, fail };
    },
    code: 'NO_AUTH',
    args: { exists: ['/node'], getData: ['/node'], getChildren: ['/node'], delete: ['/node'] },
    others: ENDS,
  },
  PatientChildrenWatch: {
    make: async () => ({ object: new PatientChildrenWatch(new FakeClient(), '/missing', { timeBoundary: 100 }) }),
    code: 'NO_NODE',
    args: { start: [] },
  },
  BlobStorage: {
    make: async () => ({ object: new BlobStorage(forbiddenClient()) }),
    code: 'NO_AUTH',
    args: { info: ['id'], get: ['id'], put: ['id', 'x'], delete: ['id'], collectGarbage: [] },
  },
  BlobFile: {
    make: async () => ({ object: new BlobStorage(forbiddenClient()).file('id') }),
    code: 'NO_AUTH',
    args: { write: ['x'], writeJson: [{}], update: [() => 'x'], delete: [] },
  },
  RemoteBlobStorage: {
    make: async () => ({ object: remote() }),
    code: 'CONNECTION_LOSS',
    args: { info: ['id'], get: ['id'], put: ['id', 'x'], delete: ['id'] },
    others: ENDS,
  },
  BlobValue: {
    make: async () => ({
      object: BlobValue.fromUrl('http://127.0.0.1:1/', { fetch: () => Promise.reject(new Error('down')) }),
    }),
    code: 'BLOB_URL_FAILED',
    args: { save: ['/nowhere/x'] },
    others: ENDS,
  },
  Poller: {
    make: async () => {
      const client = new FakeClient();
      client.tree.create('/node');
      const poller = await makePoller('zk:/node', { client });
      client.readError = () => new NoAuthError('NO_AUTH: played by the spec');
      return { object: poller };
    },
    code: 'POLL_FAILED',
    args: { getNewEvents: [] },
    others: { ...ENDS, begin: 'internal' },
  },
  'makePoller()': {
    make: async () => ({
      object: Object.create({ makePoller: () => makePoller('zk:/node', { client: forbiddenClient() }) }),
    }),
    code: 'POLL_FAILED',
  },
  Subscription: {
    make: async () => {
      const subscription = subscribe(new FakeClient(), '/node', null, () => {});
      await subscription.close();
      return { object: subscription };
    },
    code: 'WATCH_STOPPED',
    args: { subscribe: [{ path: '/node' }] },
    others: { ...ENDS, unsubscribe: 'does not care whether it is closed' },
  },
};

/** The methods of an object, with those of its base classes, but not those that every object or emitter has. */
function methodsOf(object: object): Map<string, PropertyDescriptor> {
  const methods = new Map<string, PropertyDescriptor>();
  for (let each = object; each !== null && each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, 'listenerCount')) break;
    for (const key of Reflect.ownKeys(each)) {
      const descriptor = Object.getOwnPropertyDescriptor(each, key) as PropertyDescriptor;
      if (key !== 'constructor' && typeof descriptor.value === 'function' && !methods.has(key.toString()))
        methods.set(key.toString(), descriptor);
    }
  }
  return methods;
}

/** Calls a method as an application does. `null` when it returns no promise, or refuses the arguments at once. */
async function failureOf({ make, args }: Subject, name: string): Promise<Error | null> {
  const { object, fail } = await make();
  const method = methodsOf(object).get(name)?.value as Method;
  let result: unknown;
  async function applicationCode(): Promise<void> {
    result = method.apply(object, [...(args?.[name] ?? UNIMPORTANT)]);
    await result;
  }
  const failed = applicationCode().then(
    () => new Error(`${name}() has resolved`),
    (error: Error) => error,
  );
  if (!(result instanceof Promise)) return null;
  for (let times = 0; times < 5; times += 1) {
    await turn();
    fail?.();
  }
  return failed;
}

describe('the stack of an error has the function that awaits', () => {
  for (const [subject, description] of Object.entries(SUBJECTS)) {
    it(`each promise of ${subject}`, async () => {
      const { object } = await description.make();
      const checked: string[] = [];
      for (const name of methodsOf(object).keys()) {
        if (description.others?.[name] !== undefined) continue;
        const error = await failureOf(description, name);
        if (error === null) continue;
        expect(error, `${name}(): ${error}`).toBeInstanceOf(ZooKeeperError);
        expect((error as ZooKeeperError).code, `${name}(): ${error}`).toBe(description.code);
        expect(error.stack, `${name}()`).toMatch(/\n +at (async )?applicationCode/);
        checked.push(name);
      }
      expect(checked).not.toEqual([]);
    });
  }

  it('a read that was tried again', async () => {
    const { client, network } = makeFakeClient('a:1', { retry: { maxAttempts: 2, minDelay: 1, maxDelay: 1 } });
    network.onConnection = (connection) => connection.open();
    await client.connect();
    async function applicationCode(): Promise<void> {
      await client.getData('/node');
    }
    const failed = applicationCode().catch((error: Error) => error.stack);
    for (const nth of [1, 2]) {
      const connection = await network.connection(nth);
      await connection.requests.untilCount(1);
      connection.end('failed');
    }
    expect(await failed).toMatch(/^ConnectionLossError: .*\n( +at .*\n)* +at (async )?applicationCode/);
    await client.close();
  });

  it('EmbeddedZooKeeper.start() and restart() at a port that is taken', async () => {
    async function applicationCode(run: () => Promise<unknown>): Promise<void> {
      await run();
    }
    await using first = await EmbeddedZooKeeper.start();
    const { port } = first;
    const started = applicationCode(() => EmbeddedZooKeeper.start({ port }));
    await expect(started).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      stack: expect.stringContaining('applicationCode'),
    });
    await first.stop();
    await using _second = await EmbeddedZooKeeper.start({ port });
    const restarted = applicationCode(() => first.restart());
    await expect(restarted).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      stack: expect.stringContaining('applicationCode'),
    });
  });
});
