import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientState, ZooKeeperClient } from '../../../index.js';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { findPeers } from '../../../testing/find-peers.js';
import { runKazoo, type Sight } from '../../../testing/kazoo.js';
import { Recorder } from '../../../testing/recorder.js';
import { RecordingLogger } from '../../../testing/recording-logger.js';
import { EmbeddedTestServer } from '../../support/embedded-test-server.js';

const T = 6_000;
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

describe('a connection that is cut once, when handshakes take', () => {
  const ours = CASES.map(({ name, share }) => new OwnSubject(name, share * T));
  const kazoos = CASES.map(({ name, share }) => new Subject(`kazoo, ${name}`, share * T));
  let server: EmbeddedTestServer;

  beforeAll(async () => {
    server = await EmbeddedTestServer.start({ tickTime: 500 });
    const all = [...ours, ...kazoos];
    await Promise.all(all.map((subject, nth) => subject.listen(server.port, CASES[nth % CASES.length]?.servers ?? 1)));
    await Promise.all(ours.map((subject) => subject.connect()));
    const back = ours.map((subject) =>
      subject.states.until((states) => states.filter(({ state }) => state === 'connected').length > 1, {
        within: 2 * T,
        describe: subject.name,
      }),
    );
    const onSight = ([number, value]: Sight): void => {
      const [state] = value as [string];
      kazoos[Number(number)]?.see(state);
      if (state === 'started') for (const subject of all) subject.cut();
    };
    const { kazooPython } = await findPeers();
    const connectStrings = kazoos.map(({ connectString }) => connectString).join(' ');
    await runKazoo(KAZOO, `${T / 1_000}`, connectStrings, onSight, kazooPython);
    await Promise.allSettled(back);
  }, 60_000);

  afterAll(async () => {
    for (const { proxies } of ours) for (const proxy of proxies) proxy.delayHandshakes(0, 0);
    await Promise.all(ours.map(({ client }) => client.close()));
    await Promise.all([...ours, ...kazoos].map((subject) => subject.close()));
    await server?.stop();
  }, 60_000);

  it.each(CASES.map((each, nth) => ({ ...each, nth })))('$name keeps its session', ({ nth }) => {
    const subject = ours[nth] as OwnSubject;
    expect(subject.statesSinceCut).toEqual(['suspended', 'connected']);
    expect(subject.client.sessionId).toBe(subject.sessionId);
  });

  it.each(CASES.map((each, nth) => ({ ...each, nth })))(
    '$name is back no later than kazoo, plus one handshake',
    ({ nth, share }) => {
      const [own, kazoo] = [ours[nth], kazoos[nth]] as [OwnSubject, Subject];
      process.stdout.write(`${own.name}: ${own.away.toFixed(0)} ms, kazoo ${kazoo.away.toFixed(0)} ms\n`);
      expect(kazoo.states.items.map(({ state }) => state)).toContain('SUSPENDED');
      expect(own.away).toBeLessThanOrEqual(kazoo.away + share * T + MARGIN);
      expect(own.away).toBeLessThanOrEqual((share + 0.1) * T + MARGIN);
    },
  );
});
