import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AuthFailedError,
  ChildrenWatch,
  type ClientState,
  DataWatch,
  NoAuthError,
  NoNodeError,
  TlsError,
  TreeWatch,
  ZooKeeperError,
} from '../../index.js';
import { OBSERVING } from '../../lib/core/limits.js';
import { guardLogger } from '../../lib/core/logger.js';
import { authenticationErrorOf } from '../../lib/zookeeper/connection/authentication-errors.js';
import { toSaslMechanism } from '../../lib/zookeeper/connection/sasl/sasl-option.js';
import { TlsSource } from '../../lib/zookeeper/connection/tls-source.js';
import { SessionLog } from '../../lib/zookeeper/session/session-log.js';
import { FakeClient } from '../../testing/fake-client.js';
import { type FakeConnection, makeFakeClient } from '../../testing/fake-connector.js';
import { FakeTreeClient } from '../../testing/fake-tree-client.js';
import { pass } from '../../testing/passing-time.js';
import { RecordingLogger } from '../../testing/recording-logger.js';
import { documentedLines } from '../support/documented-lines.js';

const doNothing = (): void => {};
const fail = (): never => {
  throw new Error('boom');
};

/** The lines of watches of a client in memory. */
async function ofWatches(play: (client: FakeClient) => unknown, state?: ClientState): Promise<RecordingLogger> {
  const client = new FakeClient(state);
  client.tree.create('/node');
  await play(client);
  await pass(30_000);
  client.become('closed');
  await pass(0);
  return client.logger;
}

/** The lines of a client in memory that has recursive watches. */
async function ofTrees(play: (client: FakeTreeClient) => unknown): Promise<RecordingLogger> {
  const client = new FakeTreeClient();
  client.tree.create('/node');
  client.tree.create('/node/child');
  await play(client);
  await pass(OBSERVING.recheckAfter + OBSERVING.recheckTick);
  client.become('closed');
  await pass(0);
  return client.logger;
}

/** A change that the server reports with another path, or not at all. */
const misreported =
  (reports: 'watched' | 'nothing', change: (tree: FakeTreeClient['tree']) => void) =>
  async (client: FakeTreeClient) => {
    client.server.reports = reports;
    new TreeWatch(client, '/node', doNothing);
    await pass(0);
    change(client.tree);
  };

/** The lines of a client whose connections are played by the spec, with a chroot. */
async function ofClient(play: (connection: FakeConnection) => void, setUp = doNothing): Promise<RecordingLogger> {
  const { client, network, logger } = makeFakeClient('a:1/root');
  client.once('state', () => setUp());
  const connecting = client.connect();
  await pass(1);
  network.last.open();
  await connecting;
  network.last.named('exists')[0]?.answer(null);
  void client.exists('/node', fail).catch(doNothing);
  await pass(0);
  network.last.named('exists')[1]?.answer(null);
  await pass(0);
  network.last.notify({ type: 'NodeCreated', path: '/root/node' });
  network.onConnection = play;
  network.last.end('failed');
  await pass(20_000);
  network.onConnection = doNothing;
  const closing = client.close();
  await pass(3_000);
  await closing;
  return logger;
}

const readError = (error: Error) => (client: FakeClient) => {
  client.readError = (operation) => (operation === 'exists' ? undefined : error);
  new DataWatch(client, '/node', doNothing);
};

const loseSession = async (client: FakeClient): Promise<void> => {
  new ChildrenWatch(client, '/node', doNothing, { allowSessionLost: false });
  await pass(0);
  client.become('suspended');
  client.become('lost');
};

const badListener = async (client: FakeClient): Promise<void> => {
  new DataWatch(client, '/node', doNothing).on('stop', fail);
};

/** The lines of a client whose next connection is refused, and the one after that is not. */
function ofRefusal(kind: 'tls-failed' | 'auth-failed', reason: Error): Promise<RecordingLogger> {
  let isFirst = true;
  return ofClient((connection) => {
    if (isFirst) connection.end(kind, reason);
    else connection.open();
    isFirst = false;
  });
}

/** The lines of options that are less safe than they could be. */
async function ofUnsafeOptions(): Promise<RecordingLogger> {
  const logger = new RecordingLogger();
  const warn = (message: string): void => logger.warn({}, message);
  await new TlsSource({ rejectUnauthorized: false }, warn).next();
  const sasl = toSaslMechanism({ mechanism: 'DIGEST-MD5', username: 'alice', password: 'secret' }, warn);
  await sasl.exchange({ host: 'zk1', port: 2181, address: '10.0.0.1' }).next(null);
  return logger;
}

/** The lines of a client that finds no server, and then loses its session. */
async function ofFailedConnect(): Promise<RecordingLogger> {
  const { client, network, logger } = makeFakeClient();
  network.onConnection = (connection) => connection.end('failed');
  await Promise.all([client.connect({ timeout: 1_000 }).catch(doNothing), pass(1_000)]);
  network.onConnection = (connection) => connection.open();
  await Promise.all([client.connect(), pass(1_000)]);
  network.onConnection = (connection) => connection.end('expired');
  network.last.end('failed');
  await pass(500);
  network.onConnection = (connection) => connection.open();
  await pass(1_000);
  await Promise.all([client.close(), pass(3_000)]);
  return logger;
}

const SCENES: readonly (() => Promise<RecordingLogger>)[] = [
  () => ofClient((connection) => connection.end('failed'), fail),
  () => ofClient((connection) => connection.end('auth-failed')),
  () => ofRefusal('tls-failed', new TlsError('TLS: certificate has expired; renew it', { hint: 'renew it' })),
  () => ofRefusal('auth-failed', new AuthFailedError('the server has no SASL GSSAPI', { reason: 'no-sasl' })),
  () => ofRefusal('auth-failed', authenticationErrorOf(-124, 1) as AuthFailedError),
  ofUnsafeOptions,
  () =>
    ofClient((connection) => {
      connection.open();
      connection.end('failed');
    }),
  () => ofWatches((client) => new DataWatch(client, '/node', doNothing), 'latent'),
  () => ofWatches((client) => new DataWatch(client, '/node')),
  () => ofWatches((client) => new DataWatch(client, '/node', () => new Promise(doNothing))),
  () => ofWatches((client) => new ChildrenWatch(client, '/missing', doNothing)),
  () => ofWatches(loseSession),
  () => ofWatches((client) => new DataWatch(client, '/node', fail)),
  () => ofWatches((client) => new DataWatch(client, '/node', () => false)),
  () => ofWatches((client) => new DataWatch(Object.assign(client, { removeWatcher: fail }), '/node', doNothing)),
  ofFailedConnect,
  () => ofWatches(badListener),
  () => ofWatches(readError(new NoAuthError('not for you'))),
  () => ofWatches(readError(new NoNodeError('none'))),
  () => ofWatches(readError(new ZooKeeperError('UNIMPLEMENTED', 'not here'))),
  () => ofTrees(misreported('watched', (tree) => tree.set('/node/child', 'changed'))),
  () => ofTrees(misreported('nothing', (tree) => tree.create('/node/new'))),
  () => ofTrees((client) => new TreeWatch(client, '/node', doNothing, { since: 1_000n })),
  () => ofTrees((client) => new TreeWatch(client, '/node', doNothing, { ignore: fail })),
  async () => {
    const logger = new RecordingLogger();
    new SessionLog(logger).historyLost('zk1:2181', 2n, 1n);
    return logger;
  },
  async () => {
    const logger = new RecordingLogger();
    const print = vi.spyOn(console, 'error').mockImplementation((text: string) => {
      logger.error({}, text.replace('zk-recipes: ', '').replace(/\n.*/s, ''));
    });
    guardLogger({ debug: fail, info: fail, warn: fail, error: fail }).debug({}, 'x');
    print.mockRestore();
    return logger;
  },
];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the lines of the log in docs/troubleshooting.md', () => {
  it('are those that the library writes: none is missing, and none is outdated', async () => {
    const lines = documentedLines();
    const seen = new Set<string>();
    for (const scene of SCENES) {
      const logger = await scene();
      for (const message of (['info', 'warn', 'error'] as const).flatMap((level) => logger.messages(level))) {
        const single = message.replace(/ \(\d+ times in \d+ s\)$/, '');
        const rows = [...lines].filter(([, pattern]) => pattern.test(single)).map(([text]) => text);
        expect(rows, `rows for: ${message}`).toHaveLength(1);
        for (const row of rows) seen.add(row);
      }
    }
    expect([...lines.keys()].filter((text) => !seen.has(text))).toEqual([]);
  });
});
