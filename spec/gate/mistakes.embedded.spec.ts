import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import nodeZooKeeper from 'node-zookeeper-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ChildrenWatch, type CoordinationClient, DataWatch, type Logger, ZooKeeperClient } from '../../index.js';
import { EmbeddedZooKeeper } from '../../lib/embedded/index.js';
import { eventually } from '../../testing/eventually.js';
import { makeFakeClient } from '../../testing/fake-connector.js';
import { freePort } from '../../testing/free-port.js';
import { pass } from '../../testing/passing-time.js';

/** The lines on the console, by which the default logger speaks. */
const said: string[] = [];
const doNothing = (): void => {};

beforeEach(() => {
  said.length = 0;
  for (const method of ['warn', 'error', 'info', 'debug', 'log'] as const)
    vi.spyOn(console, method).mockImplementation((...parts) => void said.push(parts.join(' ')));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function withServer(run: (client: ZooKeeperClient, server: EmbeddedZooKeeper) => Promise<void>, chroot = '') {
  await using server = await EmbeddedZooKeeper.start();
  await using client = await new ZooKeeperClient(`${server.connectString}${chroot}`).connect();
  await run(client, server);
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );
}

describe('with the default logger, the likeliest mistakes get a message that says what to do:', () => {
  it('a client object of node-zookeeper-client given to a watch', () => {
    const raw = nodeZooKeeper.createClient('127.0.0.1:2181') as unknown as CoordinationClient;
    expect(() => new DataWatch(raw, '/config', doNothing)).toThrow(
      'client is an object of node-zookeeper-client, which a watch cannot use as it is: pass ' +
        'fromNodeZooKeeperClient(client) of zk-recipes/node-zookeeper-client, or make a ZooKeeperClient',
    );
  });

  it('a missing znode', async () => {
    await withServer(async (client) => {
      expect(await messageOf(client.getData('/config'))).toBe(
        'getData /config: NO_NODE: there is no such znode: create it, or ask exists(), which resolves with null then',
      );
      const watch = new ChildrenWatch(client, '/workers', doNothing);
      await eventually(() => watch.stopped && said.length > 0);
      expect(said).toEqual([
        'zk-recipes: the watch of /workers has stopped (no-node): there is no such znode. With waitForNode: true it ' +
          'waits for one',
      ]);
    });
  });

  it('no connect()', async () => {
    vi.useFakeTimers();
    const client = new ZooKeeperClient('127.0.0.1:2181');
    const reading = messageOf(client.getData('/config'));
    await pass(8_000);
    expect(await reading).toBe('getData /config: the client is not connected, call connect() first; nothing was sent');
    new DataWatch(client, '/config', doNothing);
    await pass(5_000);
    expect(said).toEqual([
      'zk-recipes: connect() was not called, or has failed, and there is 1 path to watch: call connect()',
    ]);
    await client.close();
  });

  it('no server, or one that is no ZooKeeper', async () => {
    const port = await freePort();
    const nobody = new ZooKeeperClient(`127.0.0.1:${port}`);
    expect(await messageOf(nobody.connect({ timeout: 300 }))).toBe(
      `connect(): no server gave a session within 300 ms; last attempt: 127.0.0.1:${port}: connect ECONNREFUSED ` +
        `127.0.0.1:${port}; no server listens there: start ZooKeeper or correct the connect string; for development, ` +
        '`npx zk-recipes serve` starts a server',
    );
    const web = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await eventually(() => web.listening);
    const other = new ZooKeeperClient(`127.0.0.1:${(web.address() as AddressInfo).port}`);
    expect(await messageOf(other.connect({ timeout: 500 }))).toMatch(/it is no ZooKeeper server: it answers in HTTP/);
    web.close();
    web.closeAllConnections();
  });

  it('no server, three seconds after connect()', async () => {
    vi.useFakeTimers();
    const { client, network } = makeFakeClient('127.0.0.1:2181', { logger: undefined as unknown as Logger });
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:2181'), { code: 'ECONNREFUSED' });
    network.onConnection = (connection) => connection.end('failed', refused);
    const connecting = messageOf(client.connect());
    await pass(3_000);
    expect(said).toEqual([
      expect.stringMatching(
        /^zk-recipes: no server gives a connection, in \d+ attempts in \d s; the last: 127\.0\.0\.1:2181: connect .*; for development, `npx zk-recipes serve` starts a server$/,
      ),
    ]);
    await client.close();
    await connecting;
  });

  it('a missing parent', async () => {
    await withServer(async (client) => {
      const said = 'create /my-service/config: NO_NODE: its parent /my-service does not exist: create it first';
      expect(await messageOf(client.create('/my-service/config'))).toBe(`${said}, or pass { makePath: true }`);
      const undone = messageOf(client.transaction().create('/my-service/config').commit());
      expect(await undone).toBe(`transaction undone by its operation 1 of 1: ${said}`);
      expect(await client.create('/my-service/config', '', { makePath: true })).toBe('/my-service/config');
    });
  });

  it('a missing chroot', async () => {
    await withServer(async (client) => {
      await eventually(() => said.length > 0);
      expect(said).toEqual(["zk-recipes: the chroot /my-service does not exist: ensurePath('/') creates it"]);
      expect(await messageOf(client.create('/config'))).toBe(
        "create /config: NO_NODE: the chroot of the connect string does not exist: ensurePath('/') creates it",
      );
      await client.ensurePath('/');
      expect(await client.create('/config')).toBe('/config');
    }, '/my-service');
  });

  it('seconds for milliseconds', async () => {
    const client = new ZooKeeperClient('127.0.0.1:2181', { sessionTimeout: 10 });
    expect(said).toEqual([
      'zk-recipes: sessionTimeout is 10 ms: durations are milliseconds; if 10 seconds were meant, write 10000',
    ]);
    await client.close();
  });

  it('a function that throws', async () => {
    await withServer(async (client) => {
      await client.create('/config', 'one');
      const seen: string[] = [];
      new DataWatch(client, '/config', function applyConfig(data) {
        seen.push(String(data));
        throw new TypeError('port must be a number');
      });
      await eventually(() => said.length > 0);
      const [line = '', frame = ''] = (said[0] ?? '').split('\n');
      expect(line).toBe(
        'zk-recipes: the function of the watch of /config threw: port must be a number; the watch goes on: handle the ' +
          "error in the function, or by on('error', ...)",
      );
      expect(frame).toMatch(/^ +at .*applyConfig .*mistakes\.embedded\.spec/);
      expect(said.join('\n').match(/port must be a number/g)).toHaveLength(1);
      await client.setData('/config', 'two');
      await eventually(() => seen.at(-1) === 'two');
    });
  });

  it('false returned by accident, which a logger is informed of', async () => {
    await withServer(async (_, server) => {
      const info: string[] = [];
      const record = (_details: object, message: string): void => void info.push(message);
      const logger: Logger = { debug: doNothing, info: record, warn: record, error: record };
      await using client = await new ZooKeeperClient(server.connectString, { logger }).connect();
      const queue = { offer: () => false };
      const watch = new DataWatch(client, '/config', () => queue.offer());
      await watch.ready;
      await eventually(() => watch.stopped && info.length > 2);
      expect(info.at(-1)).toBe(
        'the watch of /config has stopped (returned-false): its function has returned false. Return nothing to go on',
      );
    });
  });

  it('require() in CommonJS, which works', async () => {
    const program = "const { ZooKeeperClient } = require('./index.ts'); console.log(typeof ZooKeeperClient);";
    const options = ['--import', 'tsx', '--input-type=commonjs', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, options);
    expect(stdout).toBe('function\n');
  });
});
