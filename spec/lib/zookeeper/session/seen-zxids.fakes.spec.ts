import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';
import { recordStates } from '../../../support/fixtures.js';

const T = 3_000;
const SEEN = 100n;
const NO_NODE = -101;

const isProbe = ({ options }: FakeConnection): boolean => options.lastZxid === 0n;

/** A connected client that has seen the transaction `SEEN` and watches a znode. */
async function setUp(connectString: string) {
  const fake = makeFakeClient(connectString);
  const connecting = fake.client.connect();
  await pass(1);
  const first = fake.network.last;
  first.open();
  await connecting;
  const events: string[] = [];
  const read = fake.client.exists('/watched', ({ type }) => events.push(type));
  first.named('exists')[0]?.refuse(NO_NODE);
  await read;
  first.hear(SEEN);
  const states = recordStates(fake.client);
  const probes = (): FakeConnection[] => fake.network.connections.items.slice(1).filter(isProbe);
  return { ...fake, first, states, probes, events };
}

describe('a client that has seen later transactions than its servers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('does not probe while its session may be alive', async () => {
    const { client, network, first, probes, states } = await setUp('a:1,b:1');
    network.onConnection = (connection) => connection.end('refused');
    first.end('failed');
    await pass(T - 1);
    expect(states.items).toEqual(['suspended']);
    expect(network.connections.items.length).toBeGreaterThan(3);
    expect(probes()).toEqual([]);
    await closeUnanswered(client);
  });

  it('opens a new session only on a server that knows the transaction, when another server is behind', async () => {
    const { client, network, first, states, probes } = await setUp('behind:1,good:1');
    network.onConnection = (connection) => {
      if (connection.server === 'behind:1') connection.end('refused');
      else if (connection.options.session) connection.end('expired');
      else connection.open();
    };
    first.end('failed');
    // Within the time that SetWatches has.
    await pass(T / 4);
    expect(states.items).toEqual(['suspended', 'lost']);
    expect(network.last).toMatchObject({ server: 'good:1', options: { session: null, lastZxid: SEEN } });
    network.last.named('setWatches')[0]?.answer(undefined, SEEN + 1n);
    await pass(1);
    expect([client.state, client.epoch, probes().length]).toEqual(['connected', 0, 0]);
    await closeUnanswered(client);
  });

  it('probes a server when all have refused it for a session timeout after the loss', async () => {
    const { client, network, first, probes, states } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    const start = performance.now();
    await pass(3 * T);
    expect(states.items).toEqual(['suspended', 'lost']);
    const asked = (probes()[0]?.openedAt ?? Infinity) - start;
    expect(asked).toBeGreaterThanOrEqual(T);
    expect(asked).toBeLessThanOrEqual(2 * T);
    await closeUnanswered(client);
  });

  it('accepts the older state when the probed server is behind, logs a warning and increments the epoch', async () => {
    const { client, network, first, probes, states, logger, events } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    await pass(2 * T);
    const probe = probes()[0] as FakeConnection;
    probe.open();
    expect(probe.requests.items.map(({ name }) => name)).toEqual(['sync']);
    probe.named('sync')[0]?.answer(undefined, 40n);
    await pass(0);
    const rearming = probe.named('setWatches')[0];
    expect(rearming?.frame.readBigInt64BE(12)).toBe(-1n);
    rearming?.answer(undefined, 40n);
    await pass(1);
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.epoch).toBe(1);
    const warning = logger.items.find(({ message }) => message.includes('no server knows the last transaction'));
    expect(warning).toMatchObject({ level: 'warn', details: { lastZxid: '0x64', zxid: '0x28', server: 'a:1' } });
    expect(events).toEqual([]);

    network.onConnection = () => {};
    probe.end('failed');
    await pass(600);
    expect(network.last.options.lastZxid).toBe(40n);
    await closeUnanswered(client);
  });

  it('keeps its epoch and its last zxid when the probed server has caught up', async () => {
    const { client, network, first, probes, states, logger } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    await pass(2 * T);
    const probe = probes()[0] as FakeConnection;
    probe.open();
    probe.named('sync')[0]?.answer(undefined, SEEN + 5n);
    await pass(0);
    expect(probe.named('setWatches')[0]?.frame.readBigInt64BE(12)).toBe(SEEN);
    probe.named('setWatches')[0]?.answer();
    await pass(1);
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    expect(client.epoch).toBe(0);
    expect(logger.messages('warn').filter((message) => message.includes('last transaction'))).toEqual([]);
    await closeUnanswered(client);
  });

  it('sends no request over a probe before the server has answered the sync', async () => {
    const { client, network, first, probes } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    await pass(2 * T);
    const probe = probes()[0] as FakeConnection;
    const read = client.exists('/a').catch(() => {});
    probe.open();
    probe.hear(SEEN);
    await pass(10);
    expect(probe.requests.items.map(({ name }) => name)).toEqual(['sync']);
    await closeUnanswered(client);
    await read;
  });

  it('does not accept the state of a server that is cut off from the leader and answers all but a sync', async () => {
    const { client, network, first, probes, states } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    await pass(2 * T);
    const probe = probes()[0] as FakeConnection;
    probe.open();
    // One step more than a session timeout: the timers of a deadline add a few ms.
    for (let time = 0; time <= T; time += T / 10) {
      probe.hear(40n);
      await pass(T / 10);
    }
    expect(probe.destroyed).toBe(true);
    expect(client.epoch).toBe(0);

    network.onConnection = (connection) => {
      connection.open();
      connection.named('setWatches')[0]?.answer();
    };
    for (let time = 0; time < 4 * T && states.last !== 'connected'; time += 10) await pass(10);
    expect(states.last).toBe('connected');
    expect([client.epoch, network.last.options.lastZxid]).toEqual([0, SEEN]);
    await closeUnanswered(client);
  });

  it('never accepts older state while no server opens a session, as without a quorum', async () => {
    const { client, network, first, probes, states } = await setUp('a:1,b:1,c:1');
    network.onConnection = (connection) => connection.end('refused');
    first.end('failed');
    await pass(20 * T);
    expect(states.items).toEqual(['suspended', 'lost']);
    expect(client.epoch).toBe(0);
    expect(new Set(probes().map(({ server }) => server)).size).toBe(3);

    // A probe that happened to be the last connection would be closed after its answer.
    network.onConnection = (connection) => (isProbe(connection) ? connection.end('refused') : connection.open());
    await pass(1_000);
    network.last.hear(SEEN);
    network.last.named('setWatches')[0]?.answer(undefined, SEEN);
    await pass(1);
    expect([client.state, client.epoch]).toEqual(['connected', 0]);
    await closeUnanswered(client);
  });

  it('keeps its last zxid when the probed server ends the connection without an answer', async () => {
    const { client, network, first, probes } = await setUp('a:1');
    network.onConnection = (connection) => !isProbe(connection) && connection.end('refused');
    first.end('failed');
    await pass(2 * T);
    probes()[0]?.open();
    probes()[0]?.end('failed');
    await pass(600);
    expect(client.epoch).toBe(0);
    const next = network.connections.items.indexOf(probes()[0] as FakeConnection) + 1;
    expect(network.connections.items[next]?.options.lastZxid).toBe(SEEN);
    await closeUnanswered(client);
  });

  it('does not probe servers that cannot be reached', async () => {
    const { client, network, first, probes } = await setUp('a:1,b:1');
    network.onConnection = (connection) => connection.end('failed');
    first.end('failed');
    await pass(20 * T);
    expect(probes()).toEqual([]);
    await closeUnanswered(client);
  });
});

/** Closes the client, whose server does not answer. */
async function closeUnanswered(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
}
