import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientState, ConnectionLossError, ZooKeeperClient } from '../../../index.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';
import { RealTestServer } from '../../support/real-test-server.js';
import type { TestServer } from '../../support/test-server-interface.js';
import { BREAKAGES, BreakableServer, type Breakage } from './breakable-server.js';

const T = 1_500;
/** Added for a busy machine, in ms. */
const MARGIN = 500;

/** Those that leave requests unanswered, for as long as the connection lasts. */
const FAULTS = (['answers only pings', 'stops reading', 'begins a message that it never ends'] as const).map(
  (name) => [name, BREAKAGES[name] as Breakage] as const,
);

const SERVERS: readonly (readonly [string, () => Promise<TestServer>])[] = [
  ['a real server', () => RealTestServer.start({ tickTime: 100 })],
  ['the embedded server', () => EmbeddedTestServer.start({ tickTime: 100 })],
];

/** A client with its servers. */
class Scene implements AsyncDisposable {
  readonly client: ZooKeeperClient;
  readonly servers: readonly BreakableServer[];
  readonly #states = new Recorder<{ readonly state: ClientState; readonly at: number }>();

  private constructor(servers: readonly BreakableServer[]) {
    this.servers = servers;
    const addresses = servers.map(({ address }) => address).join();
    this.client = new ZooKeeperClient(addresses, { sessionTimeout: T, logger: new RecordingLogger() });
  }

  /** A connected client of so many servers, which watches a znode. */
  static async open(port: number, count: number): Promise<Scene> {
    const servers = await Promise.all(Array.from({ length: count }, () => BreakableServer.start(port)));
    const scene = new Scene(servers);
    await scene.client.connect();
    await scene.client.exists('/watched', () => {});
    scene.client.on('state', (state) => scene.#states.record({ state, at: performance.now() }));
    return scene;
  }

  /** The server that the client is connected to. */
  get own(): BreakableServer {
    return this.servers.find(({ isUsed }) => isUsed) ?? expect.fail('the client is not connected');
  }

  /** When the state was reached, by `performance.now()`. */
  async reached(state: ClientState): Promise<number> {
    const states = await this.#states.until((all) => all.some((each) => each.state === state));
    return states.find((each) => each.state === state)?.at ?? Number.NaN;
  }

  get states(): ClientState[] {
    return this.#states.items.map(({ state }) => state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) server.break({});
    await this.client.close();
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

/** A promise of each kind that a client hands out. */
function askForAll(client: ZooKeeperClient): readonly Promise<unknown>[] {
  return [
    client.getData('/'),
    client.exists('/', () => {}),
    client.getChildren('/'),
    client.getAcl('/'),
    client.sync('/'),
    client.create('/a'),
    client.create('/b/c/d', '', { makePath: true }),
    client.setData('/a', 'b'),
    client.delete('/a'),
    client.transaction().check('/', 0).commit(),
    client.ensurePath('/e/f'),
    client.deleteRecursive('/e'),
  ];
}

/** How long each takes to settle. */
function timesOf(promises: readonly Promise<unknown>[]): Promise<number[]> {
  const begin = performance.now();
  const settled = (): number => performance.now() - begin;
  return Promise.all(promises.map((promise) => promise.then(settled, settled)));
}

describe.each(SERVERS)('in front of %s', (_name, start) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start();
  });

  afterAll(() => server?.stop());

  describe.each(FAULTS)('a server that %s', (_fault, breakage) => {
    it.concurrent('is left for another one: the session is kept, reads are answered, a write is rejected', async () => {
      await using scene = await Scene.open(server.port, 2);
      const { client } = scene;
      const { sessionId } = client;
      const brokenAt = performance.now();
      scene.own.break(breakage);
      const read = client.exists('/');
      const write = client.setData('/nowhere', '').catch((error: unknown) => error);
      expect((await scene.reached('suspended')) - brokenAt).toBeLessThan(2 * T + MARGIN);
      expect((await scene.reached('connected')) - brokenAt).toBeLessThan(3 * T);
      expect(await read).not.toBe(null);
      expect(await write).toBeInstanceOf(ConnectionLossError);
      expect([client.sessionId, scene.states]).toEqual([sessionId, ['suspended', 'connected']]);
    });

    it.concurrent('alone is given up, and every promise settles within three session timeouts', async () => {
      await using scene = await Scene.open(server.port, 1);
      const brokenAt = performance.now();
      scene.own.break(breakage);
      const times = await timesOf(askForAll(scene.client));
      expect(Math.max(...times)).toBeLessThan(3 * T + MARGIN);
      expect((await scene.reached('suspended')) - brokenAt).toBeLessThan(2 * T + MARGIN);
      expect(scene.servers[0]?.accepted).toBeGreaterThan(1);
    });
  });

  describe('a server that swallows SetWatches', () => {
    it.concurrent('is left for another one while the session lives', async () => {
      await using scene = await Scene.open(server.port, 2);
      const { sessionId } = scene.client;
      const first = scene.own;
      for (const each of scene.servers) if (each !== first) each.break(BREAKAGES['answers only pings']);
      const cutAt = performance.now();
      first.cut();
      expect((await scene.reached('connected')) - cutAt).toBeLessThan(T);
      expect(scene.servers.map(({ accepted }) => accepted).sort()).toEqual([1, 2]);
      expect([scene.client.sessionId, scene.states]).toEqual([sessionId, ['suspended', 'connected']]);
    });

    it.concurrent('alone is asked again and again, and every promise settles within three session timeouts', async () => {
      await using scene = await Scene.open(server.port, 1);
      const { sessionId } = scene.client;
      scene.own.break(BREAKAGES['answers only pings']);
      scene.own.cut();
      await scene.reached('suspended');
      const times = await timesOf(askForAll(scene.client));
      expect(Math.max(...times)).toBeLessThan(3 * T + MARGIN);
      expect(scene.servers[0]?.accepted).toBeGreaterThan(2);
      scene.servers[0]?.break({});
      await scene.reached('connected');
      expect(scene.client.sessionId).toBe(sessionId);
    });
  });

  it.concurrent('a server that answers all but pings is not given up while it answers, and is when it need not', async () => {
    await using scene = await Scene.open(server.port, 1);
    const brokenAt = performance.now();
    scene.own.break(BREAKAGES['answers no ping']);
    expect((await scene.reached('suspended')) - brokenAt).toBeLessThan(T + MARGIN);
  });
});
