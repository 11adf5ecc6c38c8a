import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientState, ZooKeeperClient } from '../../../index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { findPeers } from '../../../testing/find-peers.js';
import { runKazoo, type Sight } from '../../../testing/kazoo.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';

const T = 10_000;
const KAZOO = join(import.meta.dirname, 'kazoo_reconnects.py');
/** For timers, and for a machine that runs all of these clients at once, in ms. */
const MARGIN = 250;

/** A client, ours or kazoo, whose connection is cut once, with servers whose handshakes take long from then on. */
class Subject {
  readonly name: string;
  readonly handshake: number;
  readonly proxies: FaultProxy[] = [];
  readonly states = new Recorder<{ readonly state: string; readonly at: number }>();
  cutAt = Number.NaN;

  constructor(name: string, handshake: number) {
    this.name = name;
    this.handshake = handshake;
  }

  async listen(port: number, addresses: number): Promise<void> {
    for (let nth = 0; nth < addresses; nth += 1) this.proxies.push(await FaultProxy.listen({ port }));
  }

  get connectString(): string {
    return this.proxies.map((proxy) => proxy.connectString).join();
  }

  see(state: string): void {
    this.states.record({ state, at: performance.now() });
  }

  cut(): void {
    this.cutAt = performance.now();
    for (const proxy of this.proxies) {
      proxy.delayHandshakes(this.handshake, this.handshake);
      proxy.cut();
    }
  }

  /** From the cut until it was connected again, in ms; Infinity when it never was. */
  get away(): number {
    const isBack = ({ state, at }: { state: string; at: number }): boolean =>
      at > this.cutAt && state.toLowerCase() === 'connected';
    return (this.states.items.find(isBack)?.at ?? Number.POSITIVE_INFINITY) - this.cutAt;
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}

/** Ours. */
class OwnSubject extends Subject {
  readonly #client: ZooKeeperClient[] = [];
  sessionId: bigint | null = null;

  get client(): ZooKeeperClient {
    const [client] = this.#client;
    if (!client) throw new Error(`${this.name} was not connected`);
    return client;
  }

  /** One of the servers is of no use from the cut on. */
  badServer: 'refuses' | 'hangs' | undefined;

  override cut(): void {
    super.cut();
    const bad = this.proxies[0];
    if (this.badServer === 'refuses') bad?.refuse();
    if (this.badServer === 'hangs') bad?.acceptSilently();
  }

  async connect(): Promise<void> {
    const client = new ZooKeeperClient(this.connectString, { sessionTimeout: T, logger: new RecordingLogger() });
    this.#client.push(client);
    client.on('state', (state) => this.see(state));
    await client.connect();
    expect(client.sessionTimeout).toBe(T);
    this.sessionId = client.sessionId;
  }

  get statesSinceCut(): ClientState[] {
    return this.states.items.filter(({ at }) => at > this.cutAt).map(({ state }) => state as ClientState);
  }
}

const CASES = [1, 3, 5].flatMap((servers) =>
  [0.1, 0.2, 0.3, 0.45, 0.6].map((share) => ({ servers, share, name: `${share} T on ${servers} addresses` })),
);

const BAD_SERVERS = ['refuses', 'hangs'] as const;

describe('a connection that is cut once, when handshakes take', () => {
  const ours = CASES.map(({ name, share }) => new OwnSubject(name, share * T));
  const kazoos = CASES.map(({ name, share }) => new Subject(`kazoo, ${name}`, share * T));
  const withBadServer = BAD_SERVERS.map((bad) => {
    const subject = new OwnSubject(`0.2 T on 3 addresses, one of which ${bad}`, 0.2 * T);
    subject.badServer = bad;
    return subject;
  });
  let server: EmbeddedTestServer;

  beforeAll(async () => {
    server = await EmbeddedTestServer.start({ tickTime: 500 });
    const all = [...ours, ...kazoos];
    await Promise.all(all.map((subject, nth) => subject.listen(server.port, CASES[nth % CASES.length]?.servers ?? 1)));
    await Promise.all(withBadServer.map((subject) => subject.listen(server.port, 3)));
    const own = [...ours, ...withBadServer];
    await Promise.all(own.map((subject) => subject.connect()));
    const back = own.map((subject) =>
      subject.states.until((states) => states.filter(({ state }) => state === 'connected').length > 1, {
        within: 2 * T,
        describe: subject.name,
      }),
    );
    const onSight = ([number, value]: Sight): void => {
      const [state] = value as [string];
      kazoos[Number(number)]?.see(state);
      if (state !== 'started') return;
      for (const subject of all) subject.cut();
      // Each of them was just heard, so that most of the session is left.
      for (const subject of withBadServer) void subject.client.sync('/').then(() => subject.cut());
    };
    const { kazooPython } = await findPeers();
    const connectStrings = kazoos.map(({ connectString }) => connectString).join(' ');
    await runKazoo(KAZOO, `${T / 1_000}`, connectStrings, onSight, kazooPython);
    await Promise.allSettled(back);
  }, 60_000);

  afterAll(async () => {
    const own = [...ours, ...withBadServer];
    for (const { proxies } of own) for (const proxy of proxies) proxy.delayHandshakes(0, 0);
    for (const { proxies } of withBadServer) await Promise.all(proxies.map((proxy) => proxy.pass()));
    await Promise.all(own.map(({ client }) => client.close()));
    await Promise.all([...own, ...kazoos].map((subject) => subject.close()));
    await server?.stop();
  }, 60_000);

  it.each(CASES.map((each, nth) => ({ ...each, nth })))('$name keeps its session', ({ nth }) => {
    const subject = ours[nth] as OwnSubject;
    expect(subject.statesSinceCut).toEqual(['suspended', 'connected']);
    expect(subject.client.sessionId).toBe(subject.sessionId);
  });

  it.each(withBadServer.map((subject) => [subject.name, subject] as const))(
    '%s keeps its session',
    (_name, subject) => {
      expect(subject.statesSinceCut).toEqual(['suspended', 'connected']);
      expect(subject.client.sessionId).toBe(subject.sessionId);
    },
  );

  it.each(CASES.map((each, nth) => ({ ...each, nth })))(
    '$name is back no later than kazoo, plus one handshake',
    ({ nth, share }) => {
      const [own, kazoo] = [ours[nth], kazoos[nth]] as [OwnSubject, Subject];
      process.stdout.write(`${own.name}: ${own.away.toFixed(0)} ms, kazoo ${kazoo.away.toFixed(0)} ms\n`);
      expect(kazoo.states.items.map(({ state }) => state)).toContain('SUSPENDED');
      expect(own.away).toBeLessThanOrEqual(kazoo.away + share * T + MARGIN);
      // Where kazoo loses its session, the limit is that of the session.
      expect(own.away).toBeLessThanOrEqual(T);
    },
  );
});
