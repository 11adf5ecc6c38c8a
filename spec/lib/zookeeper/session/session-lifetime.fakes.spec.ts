import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthFailedError, SessionExpiredError } from '../../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';
import { recordStates } from '../../../support/fixtures.js';

const T = 3_000;
const NO_NODE = -101;

/** A client that is connected over its first connection. */
async function connected(connectString?: string) {
  const fake = makeFakeClient(connectString);
  const connecting = fake.client.connect();
  await pass(1);
  fake.network.last.open();
  await connecting;
  return { ...fake, first: fake.network.last, states: recordStates(fake.client) };
}

/** The zxid since which each SetWatches asks for changes. */
const relativeZxids = (connection: FakeConnection): bigint[] =>
  connection.named('setWatches').map(({ frame }) => frame.readBigInt64BE(12));

describe('a session', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('rejects connect() with AuthFailedError when the credentials are refused, and becomes latent', async () => {
    const { client, network } = makeFakeClient('a:1,b:1', { auth: [{ scheme: 'odd', auth: 'secret-word' }] });
    network.onConnection = (connection) => connection.end('auth-failed');
    const error: unknown = await connectError(client);
    expect(error).toBeInstanceOf(AuthFailedError);
    expect((error as Error).message).toContain('an unknown scheme of length 3');
    expect((error as Error).message).not.toContain('secret-word');
    expect(client.state).toBe('latent');
    expect(vi.getTimerCount()).toBe(0);

    network.onConnection = (connection) => connection.open();
    const again = client.connect();
    await pass(1_000);
    await again;
    expect(client.state).toBe('connected');
    await closeUnanswered(client);
  });

  it('is connected by retry() when the first connect() times out and a later one reaches a server', async () => {
    const { client, network } = makeFakeClient();
    const connecting = client.retry(() => client.connect({ timeout: 200 }), { maxAttempts: 3 });
    await pass(250);
    network.onConnection = (connection) => connection.open();
    await pass(1_000);
    expect(await connecting).toBe(client);
    expect(client.state).toBe('connected');
    await closeUnanswered(client);
  });

  it('may be closed re-entrantly, while it handles the end of its connection', async () => {
    const { client, network, first, states } = await connected();
    let closing: Promise<void> | undefined;
    network.onConnection = () => {
      closing ??= client.close();
    };
    first.end('failed');
    await pass(2_100);
    await closing;
    expect(states.items).toEqual(['suspended', 'closed']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends credentials that are added while it connects, before any request', async () => {
    const { client, network } = makeFakeClient();
    const connecting = client.connect();
    await pass(1);
    const connection = network.last;
    client.addAuth('digest', 'user:late');
    connection.open();
    await pass(1);
    const sent = [...connection.initialAuth, ...connection.auths];
    expect(sent).toEqual([{ scheme: 'digest', auth: 'user:late' }]);
    await connecting;
    await closeUnanswered(client);
  });

  it('logs one refusal of the credentials by later servers, keeps trying, and repeats the line while it lasts', async () => {
    const { client, network, first, logger, states } = await connected('a:1,b:1');
    const refuse = (connection: FakeConnection): void => connection.end('auth-failed');
    network.onConnection = refuse;
    first.end('failed');
    await pass(2_000);
    expect(network.connections.items.length).toBeGreaterThan(4);
    expect(logger.messages('error')).toHaveLength(1);
    network.onConnection = (connection) => connection.open();
    await pass(1_000);
    expect(states.last).toBe('connected');
    network.onConnection = refuse;
    network.last.end('failed');
    await pass(26_000);
    expect(logger.messages('error')).toHaveLength(1);
    await pass(2_000);
    expect(logger.messages('error')).toEqual([
      expect.stringMatching(/^the server refused the credentials \(\): [ab]:1: played by the spec$/),
      expect.stringMatching(/^the server refused the credentials \(\): .* \(\d+ times in 30 s\)$/),
    ]);
    await closeUnanswered(client);
  });

  it('sends added credentials over each later connection', async () => {
    const { client, network, first } = await connected();
    client.addAuth('digest', 'user:pass');
    expect(first.auths).toEqual([{ scheme: 'digest', auth: 'user:pass' }]);
    first.end('failed');
    await pass(600);
    expect(network.last.initialAuth).toEqual([{ scheme: 'digest', auth: 'user:pass' }]);
    await closeUnanswered(client);
  });

  it('connects to another server when a connection ends', async () => {
    const { client, network, first } = await connected('a:1,b:1');
    first.end('failed');
    await pass(2);
    expect(network.last.server).not.toBe(first.server);
    expect(network.last.options.session?.id).toBe(client.sessionId);
    await closeUnanswered(client);
  });

  it('is lost one session timeout after the server was last heard, although no server reports it', async () => {
    const { client, network, first, states } = await connected();
    await pass(500);
    first.hear();
    await pass(700);
    network.onConnection = (connection) => connection.end('failed');
    first.end('failed');
    await pass(T - 700 - 2);
    expect(states.items).toEqual(['suspended']);
    await pass(3);
    expect(states.items).toEqual(['suspended', 'lost']);
    await closeUnanswered(client);
  });

  it('is kept alive by pings while a server is slow to answer the handshake that takes it over', async () => {
    const { client, network, first } = await connected();
    network.onConnection = (connection) => connection.reach(); // Later attempts have the rest of the session.
    first.end('failed');
    await pass(T * 0.95);
    const slow = network.last;
    const gaps = slow.pings.items.map((at, nth) => at - (slow.pings.items[nth - 1] ?? slow.openedAt));
    expect(gaps.length).toBeGreaterThan(0);
    for (const gap of gaps) expect(gap).toBeCloseTo(T * 0.3, -1);
    slow.open();
    await pass(1);
    expect(client.state).toBe('connected');
    await closeUnanswered(client);
  });

  it('is never resumed after its loss, not even by an attempt that was in progress', async () => {
    const { client, network, first } = await connected();
    const oldId = client.sessionId;
    first.end('failed');
    await pass(T + 1);
    const late = network.connections.items.filter(({ options }) => options.session?.id === oldId);
    expect(late.length).toBeGreaterThan(0);
    for (const connection of late) connection.open();
    expect(late.every(({ destroyed }) => destroyed)).toBe(true);
    await pass(1_000);
    expect([client.state, client.sessionId]).toEqual(['lost', null]);
    expect(network.last.options.session).toBe(null);
    network.last.open();
    await pass(1);
    expect(client.state).toBe('connected');
    expect(client.sessionId).not.toBe(oldId);
    await closeUnanswered(client);
  });

  it('is replaced at once, on the server that reported its expiry', async () => {
    const { client, network, first, states } = await connected('a:1,b:1,c:1');
    first.hear(77n);
    first.end('failed');
    await pass(1);
    const second = network.last;
    expect(second.options).toMatchObject({ session: { id: client.sessionId }, lastZxid: 77n });
    second.end('expired');
    await pass(1);
    expect(network.last.server).toBe(second.server);
    expect(network.last.options).toMatchObject({ session: null, lastZxid: 77n });
    network.last.open();
    await pass(1);
    expect(states.items).toEqual(['suspended', 'lost', 'connected']);
    await closeUnanswered(client);
  });

  it('repeats an interrupted re-arming from the same zxid, whatever was acknowledged before', async () => {
    const { client, network, first } = await connected();
    const reads = ['a', 'b', 'c'].map((letter) => client.exists(`/${letter.repeat(100_000)}`, () => {}));
    for (const read of first.named('exists')) read.refuse(NO_NODE);
    await Promise.all(reads);
    first.hear(10n);
    first.end('failed');
    await pass(600);

    const second = network.last;
    second.open();
    second.named('setWatches')[0]?.answer(undefined, 20n);
    await pass(0);
    expect(relativeZxids(second)).toEqual([10n, 10n]);
    second.hear(25n);
    second.end('failed');
    await pass(600);

    const third = network.last;
    third.open();
    for (const nth of [0, 1, 2]) {
      third.named('setWatches')[nth]?.answer(undefined, 30n);
      await pass(0);
    }
    expect(relativeZxids(third)).toEqual([10n, 10n, 10n]);
    expect(client.state).toBe('connected');
    third.end('failed');
    await pass(600);
    network.last.open();
    expect(relativeZxids(network.last)).toEqual([30n]);
    await closeUnanswered(client);
  });

  it('holds requests back until all watches are re-armed, then sends them in order', async () => {
    const { client, network, first } = await connected();
    const read = client.exists('/watched', () => {});
    first.named('exists')[0]?.refuse(NO_NODE);
    await read;
    first.end('failed');
    await pass(600);
    const writes = [client.setData('/a', '1'), client.delete('/b')];
    network.last.open();
    await pass(0);
    expect(network.last.requests.items.map(({ name }) => name)).toEqual(['setWatches']);
    network.last.requests.items[0]?.answer();
    await pass(0);
    expect(network.last.requests.items.map(({ name }) => name)).toEqual(['setWatches', 'setData', 'delete']);
    for (const { answer } of network.last.requests.items.slice(1)) answer();
    await Promise.all(writes);
    await closeUnanswered(client);
  });

  it('rejects the waiting writes when it is lost, and sends the waiting reads in the next session', async () => {
    const { client, network, first } = await connected();
    first.end('failed');
    await pass(600);
    const write = client.setData('/a', '1').catch((error: unknown) => error);
    const read = client.exists('/a');
    network.last.end('expired');
    await pass(100);
    expect(await write).toBeInstanceOf(SessionExpiredError);
    expect((await write) as Error).toMatchObject({
      path: '/a',
      message: expect.stringContaining('nothing was carried'),
    });
    await pass(1);
    network.last.open();
    await pass(0);
    expect(network.last.requests.items.map(({ name }) => name)).toEqual(['exists']);
    network.last.requests.items[0]?.refuse(NO_NODE);
    expect(await read).toBe(null);
    await closeUnanswered(client);
  });

  it('keeps a connection that carries only notifications alive by pings', async () => {
    const { client, first, states } = await connected();
    for (let elapsed = 0; elapsed < 3 * T; elapsed += 20) {
      first.notify({ type: 'NodeCreated', path: `/node-${elapsed}` });
      const before = first.pings.items.length;
      await pass(20);
      if (first.pings.items.length > before) first.hear();
    }
    expect(first.pings.items.length).toBeGreaterThanOrEqual(8);
    expect(states.items).toEqual([]);
    await closeUnanswered(client);
  });
});

async function connectError(client: ZooKeeperClient): Promise<unknown> {
  const failed = client.connect().then(
    () => null,
    (error: unknown) => error,
  );
  await pass(1);
  return failed;
}

/** Closes the client, whose server does not answer. */
async function closeUnanswered(client: ZooKeeperClient): Promise<void> {
  const closing = client.close();
  await pass(2_000);
  await closing;
}
