import {
  ChildrenWatch,
  childrenWatch,
  DataWatch,
  dataWatch,
  PatientChildrenWatch,
  watchesOf,
  ZooKeeperClient,
} from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { SHAPES, TEXTS } from './shapes.js';

/** The objects whose functions are called. */
interface Subjects {
  readonly client: ZooKeeperClient;
  readonly server: EmbeddedZooKeeper;
}

/** A public function with valid arguments. Those that it is called with may have any shape. */
export interface PublicCall {
  readonly args: readonly unknown[];
  readonly run: (subjects: Subjects, args: readonly never[]) => unknown;
}

const ACL = [{ perms: 31, scheme: 'world', id: 'anyone' }];
const nothing = (): void => {};
const signal = new AbortController().signal;

/** Every public function that takes arguments, by name. A spec holds the list against the classes. */
export const PUBLIC_CALLS: Readonly<Record<string, PublicCall>> = {
  'new ZooKeeperClient': {
    args: [
      'zk:2181',
      {
        sessionTimeout: 2_000,
        maxRequestSize: 1_000_000,
        maxReplySize: 1_000_000,
        auth: [{ scheme: 'digest', auth: 'user:password' }],
        tls: { servername: 'zk', passphrase: 'none', rejectUnauthorized: true, minVersion: 'TLSv1.2', ciphers: 'HIGH' },
        sasl: { mechanism: 'DIGEST-MD5', username: 'user', password: 'password' },
        retry: { maxAttempts: 1, minDelay: 1, maxDelay: 1, factor: 1 },
        logger: new RecordingLogger(),
        signal,
      },
    ],
    run: (_, args) => new ZooKeeperClient(...(args as unknown as [string])).close(),
  },
  'ZooKeeperClient.connect': {
    args: [{ timeout: 1_000, signal }],
    run: ({ client }, [options]) => client.connect(options),
  },
  'ZooKeeperClient.setServers': {
    args: ['127.0.0.1:1'],
    run: ({ client, server }, [connectString]) => {
      client.setServers(connectString as never);
      client.setServers(server.connectString);
    },
  },
  'ZooKeeperClient.watchTree': {
    args: [
      '/node',
      { changed: nothing, armed: nothing, interrupted: nothing, unsupported: nothing, known: () => [], position: 0n },
    ],
    run: ({ client }, [path, listener]) => client.watchTree(path as never, listener as never).remove(),
  },
  'ZooKeeperClient.addAuth': {
    args: ['digest', 'user:password'],
    run: ({ client }, args) => client.addAuth(...(args as unknown as [string, string])),
  },
  'ZooKeeperClient.retry': {
    args: [async () => {}, { maxAttempts: 1, minDelay: 1, maxDelay: 1, factor: 1 }, { signal }],
    run: ({ client }, [operation, policy, options]) =>
      client.retry(operation as unknown as () => Promise<void>, policy, options),
  },
  'ZooKeeperClient.on': {
    args: ['state', nothing],
    run: ({ client }, [, listener]) => client.on('state', listener as never),
  },
  'ZooKeeperClient.once': {
    args: ['state', nothing],
    run: ({ client }, [, listener]) => client.once('state', listener as never),
  },
  'ZooKeeperClient.off': {
    args: ['state', nothing],
    run: ({ client }, [, listener]) => client.off('state', listener as never),
  },
  ...Object.fromEntries(
    (['exists', 'getData', 'getChildren', 'removeWatcher'] as const).map(
      (method) =>
        [
          `ZooKeeperClient.${method}`,
          {
            args: ['/node', nothing],
            run: ({ client }, [path, watcher]) => client[method](path as never, watcher as never),
          },
        ] satisfies [string, PublicCall],
    ),
  ),
  ...Object.fromEntries(
    (['getAcl', 'sync', 'ensurePath', 'deleteRecursive'] as const).map(
      (method) =>
        [
          `ZooKeeperClient.${method}`,
          { args: ['/gone'], run: ({ client }, [path]) => client[method](path as never) },
        ] satisfies [string, PublicCall],
    ),
  ),
  'ZooKeeperClient.readMany': {
    args: [['/node', '/gone'], { data: true }],
    run: ({ client }, [paths, options]) => client.readMany(paths as never, options as never),
  },
  'ZooKeeperClient.create': {
    args: ['/created', 'data', { mode: 'persistent', acl: ACL, makePath: false }],
    run: ({ client }, [path, data, options]) => client.create(path as never, data, options),
  },
  'ZooKeeperClient.setData': {
    args: ['/node', 'data', -1],
    run: ({ client }, [path, data, version]) => client.setData(path as never, data as never, version),
  },
  'ZooKeeperClient.delete': {
    args: ['/node/none', -1],
    run: ({ client }, [path, version]) => client.delete(path as never, version),
  },
  'ZooKeeperClient.setAcl': {
    args: ['/locked', ACL, -1],
    run: ({ client }, [path, acl, version]) => client.setAcl(path as never, acl as never, version),
  },
  'Transaction.create': {
    args: ['/created', 'data', { mode: 'persistent', acl: ACL }],
    run: ({ client }, [path, data, options]) =>
      client
        .transaction()
        .create(path as never, data, options)
        .commit(),
  },
  'Transaction.setData': {
    args: ['/node', 'data', -1],
    run: ({ client }, [path, data, version]) =>
      client
        .transaction()
        .setData(path as never, data as never, version)
        .check('/node', 7)
        .commit(),
  },
  'Transaction.delete': {
    args: ['/node/none', -1],
    run: ({ client }, [path, version]) =>
      client
        .transaction()
        .delete(path as never, version)
        .commit(),
  },
  'Transaction.check': {
    args: ['/node', 0],
    run: ({ client }, [path, version]) =>
      client
        .transaction()
        .check(path as never, version as never)
        .commit(),
  },
  'new DataWatch': {
    args: ['client', '/node', nothing, { signal }],
    run: async (subjects, args) => untilReady(new DataWatch(...(withClient(subjects, args) as [never, never]))),
  },
  'new ChildrenWatch': {
    args: [
      'client',
      '/node',
      nothing,
      { allowSessionLost: true, sendEvent: true, sendDiff: true, waitForNode: true, signal },
    ],
    run: async (subjects, args) => untilReady(new ChildrenWatch(...(withClient(subjects, args) as [never, never]))),
  },
  'NodeWatch.register': {
    args: [nothing],
    run: ({ client }, [func]) => untilReady(new DataWatch(client, '/node').register(func as never)),
  },
  'NodeWatch.on': {
    args: [nothing],
    run: ({ client }, [listener]) => new DataWatch(client, '/node').on('stop', listener as never).stop(),
  },
  'new PatientChildrenWatch': {
    args: ['client', '/node', { timeBoundary: 1_000 }],
    run: (subjects, args) => new PatientChildrenWatch(...(withClient(subjects, args) as [never, never])),
  },
  'PatientChildrenWatch.start': {
    args: [{ signal: AbortSignal.abort('aborted by the spec') }],
    run: ({ client }, [options]) => new PatientChildrenWatch(client, '/none').start(options),
  },
  dataWatch: {
    args: ['client', '/node', { signal }],
    run: (subjects, args) => untilReady(dataWatch(...(withClient(subjects, args) as [never, never]))(nothing)),
  },
  childrenWatch: {
    args: ['client', '/node', { allowSessionLost: true, sendEvent: true, sendDiff: true, waitForNode: true, signal }],
    run: (subjects, args) => untilReady(childrenWatch(...(withClient(subjects, args) as [never, never]))(nothing)),
  },
  'the result of dataWatch': {
    args: [nothing],
    run: ({ client }, [func]) => untilReady(dataWatch(client, '/node')(func as never)),
  },
  watchesOf: { args: [{}], run: (_, [instance]) => watchesOf(instance as never) },
  'EmbeddedZooKeeper.start': {
    args: [
      {
        port: 0,
        host: '127.0.0.1',
        tickTime: 100,
        minSessionTimeout: 200,
        maxSessionTimeout: 1_000,
        containerCheckInterval: 1_000,
        sasl: { users: { user: 'password' }, required: false },
        logger: new RecordingLogger(),
      },
    ],
    run: async (_, [options]) => (await EmbeddedZooKeeper.start(options)).close(),
  },
  ...Object.fromEntries(
    (['expireSession', 'dropConnections', 'freeze', 'thaw'] as const).map(
      (method) =>
        [
          `EmbeddedZooKeeper.${method}`,
          { args: [7n], run: ({ server }, [id]) => server[method](id as never) },
        ] satisfies [string, PublicCall],
    ),
  ),
};

/** The word "client" stands for the client, whose fields are not to be replaced one by one. */
function withClient({ client }: Subjects, args: readonly unknown[]): unknown[] {
  return args.map((arg) => (arg === 'client' ? client : arg));
}

async function untilReady(watch: unknown): Promise<void> {
  if (!(watch instanceof DataWatch || watch instanceof ChildrenWatch)) return;
  watch.on('error', nothing);
  try {
    if (watch.stopped) await watch.ready;
  } finally {
    watch.stop();
  }
}

/** Arguments of which one, or one part of one, has been replaced by a shape of the secret. */
export interface WrongArguments {
  readonly where: string;
  readonly args: readonly unknown[];
}

/** Replaces each argument, and each part of it, by each shape. */
export function* wrongArguments(args: readonly unknown[]): Generator<WrongArguments> {
  for (const [index] of args.entries()) {
    for (const [where, replaced] of wrongValues(args[index])) {
      yield { where: `argument ${index + 1}${where}`, args: args.with(index, replaced) };
    }
  }
}

function* wrongValues(valid: unknown): Generator<[where: string, value: unknown]> {
  // Errors name the paths of znodes and folders.
  const isPath = typeof valid === 'string' && valid.startsWith('/');
  if (!isPath) for (const text of TEXTS) yield [` as the text ${TEXTS.indexOf(text)}`, text];
  for (const [name, make] of Object.entries(SHAPES)) yield [` as ${name}`, make()];
  if (Array.isArray(valid)) {
    for (const [where, entry] of wrongValues(valid[0])) yield [`[0]${where}`, [entry, ...valid.slice(1)]];
  } else if (typeof valid === 'object' && valid !== null && Object.getPrototypeOf(valid) === Object.prototype) {
    for (const [key, part] of Object.entries(valid)) {
      for (const [where, value] of wrongValues(part)) yield [`.${key}${where}`, { ...valid, [key]: value }];
    }
  }
}
