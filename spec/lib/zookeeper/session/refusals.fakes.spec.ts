import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthFailedError } from '../../../../lib/core/errors.js';
import type { ZooKeeperClient } from '../../../../lib/zookeeper/client.js';
import { TlsError } from '../../../../lib/zookeeper/connection/tls-error.js';
import { type FakeConnection, makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

const HINT = 'renew it';
const expired = (): TlsError => new TlsError(`TLS: expired; ${HINT}`, { hint: HINT, cause: new Error('expired') });

type End = (connection: FakeConnection) => void;
const said: End = (connection) => connection.end('tls-failed', expired());
const hungUp: End = (connection) => connection.end('tls-failed', expired(), true);
const failed: End = (connection) => connection.end('failed', 'connect ECONNREFUSED');

/** Connects to servers that end each attempt so; how connect() ended, and the attempts by server. */
async function connectTo(ends: Readonly<Record<string, End>>, connectString = Object.keys(ends).join()) {
  const { client, network } = makeFakeClient(connectString);
  const attempts: string[] = [];
  network.onConnection = (connection) => {
    attempts.push(connection.server);
    ends[connection.server]?.(connection);
  };
  const outcome = client.connect({ timeout: 5_000 }).catch((error: unknown) => error);
  await pass(6_000);
  return { error: await outcome, attempts, client };
}

/** No longer: a connection that a spec opens answers no ping, and is left for its silence. */
async function untilConnected(client: ZooKeeperClient): Promise<void> {
  for (let time = 0; time < 3_000 && client.state !== 'connected'; time += 10) await pass(10);
  expect(client.state).toBe('connected');
}

describe('refusals by servers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('reject connect() once every server has refused TLS in one round, with the server, the hint and the cause', async () => {
    const { error, attempts, client } = await connectTo({ 'a:1': said, 'b:1': said });
    expect(error).toBeInstanceOf(TlsError);
    expect((error as Error).message).toMatch(/^[ab]:1: TLS: expired; renew it$/);
    expect(error).toMatchObject({ hint: HINT, cause: { message: 'expired' } });
    expect(attempts.sort()).toEqual(['a:1', 'b:1']);
    expect(client.state).toBe('latent');
  });

  it('need two rounds when servers only hung up, as dying servers do too', async () => {
    const { error, attempts } = await connectTo({ 'a:1': hungUp, 'b:1': hungUp });
    expect(error).toBeInstanceOf(TlsError);
    expect(attempts).toHaveLength(4);
  });

  it('are no reason to give up while one server fails otherwise: it may come back', async () => {
    for (const other of [failed, (connection: FakeConnection) => connection.end('refused')]) {
      const { error, attempts } = await connectTo({ 'a:1': said, 'b:1': other });
      expect(error).toMatchObject({ code: 'CONNECT_TIMEOUT' });
      expect(attempts.length).toBeGreaterThan(6);
    }
  });

  it('count for a name when one of its addresses has refused: another may not be there', async () => {
    const { client, network } = makeFakeClient('localhost:1');
    network.onConnection = (connection) =>
      connection.options.server.address === '::1' ? failed(connection) : said(connection);
    const outcome = client.connect().catch((error: unknown) => error);
    await pass(2_000);
    expect(await outcome).toBeInstanceOf(TlsError);
  });

  it('are forgotten when the next attempt at the server goes further', async () => {
    const { client, network } = makeFakeClient('a:1');
    let nth = 0;
    network.onConnection = (connection) => {
      nth += 1;
      if (nth === 3) connection.open();
      else if (nth === 2) failed(connection);
      else hungUp(connection);
    };
    const connecting = client.connect();
    await untilConnected(client);
    await connecting;
  });

  it('of credentials reject at once at one server: the others have the same', async () => {
    const refused = new AuthFailedError('no', { mechanism: 'DIGEST-MD5' });
    const end: End = (connection) => connection.end('auth-failed', refused);
    const { error, attempts } = await connectTo({ 'a:1': end, 'b:1': end });
    expect(error).toMatchObject({ code: 'AUTH_FAILED', reason: 'refused', mechanism: 'DIGEST-MD5' });
    expect(attempts).toHaveLength(1);
  });

  it('of credentials need two attempts when the server only hung up', async () => {
    const refused = new AuthFailedError('no', { mechanism: 'DIGEST-MD5' });
    const { attempts } = await connectTo({ 'a:1': (connection) => connection.end('auth-failed', refused, true) });
    expect(attempts).toHaveLength(2);
  });

  it('allow another connect(), which begins from nothing', async () => {
    const { client, network } = makeFakeClient('a:1');
    network.onConnection = hungUp;
    for (let nth = 1; nth <= 2; nth += 1) {
      const outcome = client.connect().catch((error: unknown) => error);
      await pass(2_000);
      expect(await outcome).toBeInstanceOf(TlsError);
      expect(network.connections.items).toHaveLength(2 * nth);
    }
    network.onConnection = (connection) => connection.open();
    const connecting = client.connect();
    await untilConnected(client);
    await connecting;
  });

  it('after the first session are reported once, and again at most every 30 s, and tried again all the time', async () => {
    const { client, network, logger } = makeFakeClient('a:1');
    const connecting = client.connect();
    await pass(1);
    network.last.open();
    await connecting;
    network.onConnection = said;
    network.last.end('failed');
    await pass(20_000);
    expect(logger.messages('error')).toEqual(['a:1: TLS: expired; renew it']);
    await pass(40_000);
    expect(logger.messages('error').length).toBeLessThanOrEqual(3);
    network.onConnection = (connection) => connection.open();
    await untilConnected(client);
  });
});
