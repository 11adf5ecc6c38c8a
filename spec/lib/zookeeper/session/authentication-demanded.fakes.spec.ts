import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuthFailedError } from '../../../../lib/core/errors.js';
import { authenticationErrorOf } from '../../../../lib/zookeeper/connection/authentication-errors.js';
import { makeFakeClient } from '../../../../testing/fake-connector.js';
import { pass } from '../../../../testing/passing-time.js';

const T = 3_000;

describe('a server that demands authentication', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('says so by error -124, and by no other', () => {
    expect(authenticationErrorOf(-124, 1)?.reason).toBe('required');
    expect(authenticationErrorOf(-115, 1)?.reason).toBe('refused');
    for (const error of [0, -1, -101, -102, -112, -123, -125]) expect(authenticationErrorOf(error, 1)).toBe(undefined);
  });

  it('refuses credentials by any error in the reply to them', () => {
    for (const error of [-1, -101, -112, -115]) expect(authenticationErrorOf(error, -4)?.message).toContain(`${error}`);
    expect(authenticationErrorOf(0, -4)).toBe(undefined);
  });

  it('rejects connect() with AuthFailedError that names the server and the demand', async () => {
    const { client, network } = makeFakeClient();
    network.onConnection = (connection) => connection.end('auth-failed', authenticationErrorOf(-124, 1));
    const failed = client.connect().catch((error: unknown) => error);
    await pass(100);
    const error = await failed;
    expect(error).toBeInstanceOf(AuthFailedError);
    expect((error as Error).message).toMatch(
      /^a:1: the server demands authentication \(error -124\): pass credentials/,
    );
    expect(client.state).toBe('latent');
  });

  it('is logged once, and again at most every 30 s, and is not asked in a tight loop', async () => {
    const { client, network, logger } = makeFakeClient();
    const connecting = client.connect();
    await pass(1);
    network.last.open();
    await connecting;
    network.onConnection = (connection) => connection.end('auth-failed', authenticationErrorOf(-124, 1));
    network.last.end('failed');
    await pass(20_000);
    expect(logger.messages('error')).toEqual([expect.stringContaining('the server demands authentication')]);
    await pass(70_000);
    expect(logger.messages('error').length).toBeLessThanOrEqual(4);
    expect(network.connections.items.length).toBeLessThan(90_000 / 250);
    network.onConnection = (connection) => connection.open();
    for (let time = 0; time < T && client.state !== 'connected'; time += 10) await pass(10);
    expect(client.state).toBe('connected');
    const closing = client.close();
    await pass(T);
    await closing;
  });
});
