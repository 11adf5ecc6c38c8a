import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientState, StateChange } from '../../../../index.js';
import { InvalidArgumentError, SessionExpiredError } from '../../../../lib/core/errors.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

/** The error number of an operation that the server does not know. */
const UNIMPLEMENTED = -6;

async function connected(connectString?: string) {
  const fake = makeFakeClient(connectString);
  const changes: [ClientState, StateChange][] = [];
  fake.client.on('state', (state, change) => changes.push([state, change]));
  const connecting = fake.client.connect();
  await pass(1);
  fake.network.last.open({ id: 0x1000n });
  await connecting;
  await pass(0);
  return { ...fake, first: fake.network.last, changes };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a change of the state', () => {
  it('has its server, session and cause for the listener, and is a plain line at info level', async () => {
    const { client, network, first, logger, changes } = await connected();
    network.onConnection = (connection) => connection.end('failed', 'connect ECONNREFUSED');
    expect(client.server).toEqual({ host: 'a', port: 1 });
    first.end('failed', 'read ECONNRESET');
    await pass(1);
    expect(client.server).toBe(null);
    await pass(4_000);
    const closing = client.close();
    await pass(2_100);
    await closing;
    const server = { host: 'a', port: 1 };
    expect(changes).toEqual([
      ['connecting', { server: null, sessionId: null, cause: null }],
      ['connected', { server, sessionId: 0x1000n, cause: null }],
      ['suspended', { server: null, sessionId: 0x1000n, cause: new Error('a:1: read ECONNRESET') }],
      ['lost', { server: null, sessionId: null, cause: expect.any(SessionExpiredError) }],
      ['closed', { server: null, sessionId: null, cause: null }],
    ]);
    const lost =
      'session 0x1000 is gone: no server was reached within the session timeout; the last attempt: a:1: connect ECONNREFUSED';
    const lines = logger.items.filter(({ level }) => level === 'info');
    expect(lines.map(({ message }) => message)).toEqual([
      'connecting',
      'connected to a:1 in session 0x1000',
      'suspended in session 0x1000: a:1: read ECONNRESET',
      `lost: ${lost}`,
      'closed',
    ]);
    expect(lines.map(({ details }) => details)).toEqual([
      { state: 'connecting', server: null, sessionId: null },
      { state: 'connected', server, sessionId: '0x1000' },
      { state: 'suspended', server, sessionId: '0x1000', cause: 'a:1: read ECONNRESET' },
      { state: 'lost', server, sessionId: '0x1000', cause: lost },
      { state: 'closed', server: null, sessionId: null },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is `latent` with the cause when no server was found', async () => {
    const { client, network, logger } = makeFakeClient();
    const changes: [ClientState, StateChange][] = [];
    client.on('state', (state, change) => changes.push([state, change]));
    network.onConnection = (connection) => connection.end('failed', 'connect ECONNREFUSED');
    const failed = client.connect({ timeout: 1_000 }).catch((error: Error) => error.message);
    await pass(1_000);
    expect(await failed).toMatch(/last attempt: a:1: connect ECONNREFUSED$/);
    expect(changes.at(-1)).toEqual(['latent', { server: null, sessionId: null, cause: expect.any(Error) }]);
    expect(logger.messages('info')).toEqual(['connecting', 'latent: a:1: connect ECONNREFUSED']);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('can be awaited with the tools of Node, and other events are refused', async () => {
    const { client } = makeFakeClient();
    const closed = once(client as unknown as EventTarget, 'state');
    await client.close();
    expect(await closed).toEqual(['closed', { server: null, sessionId: null, cause: null }]);
    const typo = () => client.on('connected' as 'state', () => {});
    expect(typo).toThrow(InvalidArgumentError);
    expect(typo).toThrow('event must be one of state, but is a string of length 9');
  });
});

describe('the reason of a failed attempt', () => {
  it('has all reasons of a host with several addresses', async () => {
    const { client, network } = makeFakeClient();
    const parts = ['connect ECONNREFUSED ::1:1', 'connect ECONNREFUSED 127.0.0.1:1'].map((text) => new Error(text));
    network.onConnection = (connection) => connection.end('failed', new AggregateError(parts));
    const failed = client.connect({ timeout: 500 }).catch((error: Error) => error.message);
    await pass(500);
    expect(await failed).toMatch(/attempt: a:1: connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127\.0\.0\.1:1$/);
  });
});

describe('a client that finds no lasting connection', () => {
  it('says after some seconds that no server gives one, and again every 30 s', async () => {
    const { client, network, first, logger } = await connected();
    network.onConnection = (connection) => connection.end('failed', 'connect ECONNREFUSED');
    first.end('failed', 'read ECONNRESET');
    await pass(4_000);
    const said = () => logger.messages('warn');
    expect(said()).toEqual([]);
    await pass(300_000);
    expect(said()[0]).toMatch(
      /^no server gives a connection, in \d+ attempts in 5 s; the last: a:1: connect ECONNREFUSED$/,
    );
    expect(said().length).toBeGreaterThan(8);
    expect(said().length).toBeLessThan(12);
    expect(said()[1]).toMatch(/attempts in 3\d s; /);
    await close(client);
  });

  it('counts only the time since the last connection', async () => {
    const { client, network, first, logger } = await connected();
    const refuse = (connection: FakeConnection): void => connection.end('failed', 'connect ECONNREFUSED');
    network.onConnection = refuse;
    first.end('failed', 'read ECONNRESET');
    await pass(3_000);
    network.onConnection = (connection) => {
      network.onConnection = refuse;
      connection.open();
      setTimeout(() => connection.end('failed', 'read ECONNRESET'), 500);
    };
    await pass(4_000);
    expect(network.onConnection).toBe(refuse);
    expect(logger.messages('warn')).toEqual([]);
    await close(client);
  });

  const loops: Record<string, (connection: FakeConnection) => void> = {
    'that nobody can decode': (connection) => {
      connection.open();
      connection.end('failed', 'malformed reply');
    },
    'that refuses SetWatches': (connection) => {
      connection.open();
      connection.named('setWatches')[0]?.refuse(UNIMPLEMENTED);
    },
    'that ends each connection after two seconds': (connection) => {
      connection.open();
      for (const request of connection.named('setWatches')) request.answer();
      setTimeout(() => connection.end('failed', 'malformed reply'), 2_000);
    },
  };

  it.for(Object.keys(loops))('says it of a server %s, in fewer than 20 lines a minute', async (name) => {
    const { client, network, first, logger } = await connected();
    const watched = client.exists('/node', () => {});
    await pass(0);
    first.named('exists')[0]?.answer(null);
    await watched;
    network.onConnection = loops[name] as (connection: FakeConnection) => void;
    first.end('failed', 'malformed reply');
    await pass(60_000);
    const warnings = logger.messages('warn').filter((message) => message.startsWith('no connection lasts'));
    expect(warnings.length).toBeGreaterThanOrEqual(2);
    expect(warnings.length).toBeLessThanOrEqual(3);
    expect(warnings[0]).toMatch(
      /^no connection lasts: \d+ of them ended soon, in \d+ attempts in \d+ s; the last: a:1: ./,
    );
    expect(logger.items.filter(({ level }) => level !== 'debug').length).toBeLessThan(20);
    await close(client);
  });

  it('says nothing of one that is soon back, as after the restart of a server', async () => {
    const { client, network, first, logger } = await connected('a:1,b:1');
    let attempts = 0;
    network.onConnection = (connection) => {
      attempts += 1;
      if (attempts < 8) connection.end('failed', 'connect ECONNREFUSED');
      else connection.open();
    };
    first.end('failed', 'read ECONNRESET');
    for (let time = 0; time < 60_000; time += 500) {
      network.last.hear();
      await pass(500);
    }
    expect(attempts).toBeGreaterThanOrEqual(8);
    expect(logger.messages('warn').filter((message) => message.startsWith('no '))).toEqual([]);
    await close(client);
  });
});

async function close(client: { close(): Promise<void> }): Promise<void> {
  const closing = client.close();
  await pass(2_100);
  await closing;
  // The fake server's own.
  await pass(2_000);
  expect(vi.getTimerCount()).toBe(0);
}
